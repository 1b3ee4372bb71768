/**
 * The real nodes that integration suites run over, each with a short history and behind the
 * counting proxy. A node that does not start is shown as a skipped group with the reason.
 */

import { afterAll, beforeEach, describe } from 'vitest'

import {
  RpcClientAdapter,
  type RpcClientOptions,
  StateManager,
  type StateManagerOptions,
} from '../../src/index.ts'
import { type RpcNode, startAnvil, startGanache, startHardhat } from '../support/nodes.ts'
import { type RpcProxy, startProxy } from '../support/proxy.ts'
import { type History, writeHistory } from './history.ts'

const STARTERS = { anvil: startAnvil, hardhat: startHardhat, ganache: startGanache } as const

export type RpcNodeName = keyof typeof STARTERS

/** A node with history, behind a proxy. */
export interface RpcNodeContext {
  readonly node: RpcNode
  readonly proxy: RpcProxy
  readonly history: History
  /** A pinned fork at the block of the history; the proxy's counts start after it. */
  fork(options?: RpcNodeForkOptions): Promise<StateManager>
}

export interface RpcNodeForkOptions extends StateManagerOptions {
  readonly client?: RpcClientOptions
}

/** Runs `body` once for each named node, over real sockets. */
export async function describeRpcNodes(
  title: string,
  names: readonly RpcNodeName[],
  body: (context: RpcNodeContext) => void,
): Promise<void> {
  const started = await Promise.allSettled(names.map((name) => STARTERS[name]()))
  for (const [index, name] of names.entries()) {
    const outcome = started[index] as PromiseSettledResult<RpcNode>
    if (outcome.status === 'fulfilled') {
      const context = await contextOf(outcome.value)
      describe(`${title} (${name})`, () => {
        beforeEach(() => {
          context.proxy.setFaults()
          context.proxy.reset()
        })
        afterAll(async () => {
          await context.proxy.stop()
          await context.node.stop()
        })
        body(context)
      })
    } else {
      const [reason] = String(outcome.reason?.message).split('\n')
      describe.skip(`${title} (${name}: ${reason})`, () => body(undefined as never))
    }
  }
}

async function contextOf(node: RpcNode): Promise<RpcNodeContext> {
  const history = await writeHistory(node)
  const proxy = await startProxy(node.url)
  return {
    node,
    proxy,
    history,
    async fork({ client, ...options } = {}) {
      const quick = { backoffMs: 1, maxBackoffMs: 5, ...client }
      const rpcClient = new RpcClientAdapter(proxy.url, quick)
      const fork = new StateManager({ forkBlockTag: history.block, rpcClient, ...options })
      await fork.pinned()
      proxy.reset()
      return fork
    },
  }
}
