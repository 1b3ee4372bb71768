/** What forks read: contracts of a real anvil, behind a link with a latency that can be chosen. */

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync } from 'node:fs'
import type { SampleContract, SampleSize } from '../../test/integration/many-contracts.ts'
import { makeContracts } from '../../test/integration/many-contracts.ts'
import { startAnvil } from '../../test/support/nodes.ts'
import type { ProxyRequest } from '../../test/support/proxy.ts'
import { LeftOut } from './group.ts'
import { now } from './measure.ts'
import { BUILT, buildProgram, inProject } from './programs.ts'

/** From the link: what passed since the last report. */
export interface LinkReport {
  readonly url: string
  readonly requests: readonly ProxyRequest[]
}

export interface Upstream {
  readonly url: string
  readonly block: bigint
  readonly contracts: readonly SampleContract[]
  /** Every HTTP request waits so long from now on. @returns What passed since the last call. */
  setLatency(latencyMs: number): Promise<readonly ProxyRequest[]>
  stop(): Promise<void>
}

/** @throws LeftOut if there is no anvil. */
export async function startUpstream(size: SampleSize): Promise<Upstream> {
  // The program that ends nodes if this process is killed; bundles look for it beside themselves.
  copyFileSync(inProject('test/support/guardian.mjs'), `${BUILT}guardian.mjs`)
  const node = await startAnvil().catch((cause: Error) => {
    throw new LeftOut(cause.message.split('\n')[0], { cause })
  })
  const contracts = await makeContracts(node, size)
  const block = BigInt(await node.rpc<string>('eth_blockNumber'))
  const program = await buildProgram('bench/kit/link-program.ts')
  const link = fork(program, [node.url], { execArgv: [] })
  process.once('exit', () => link.kill('SIGKILL'))
  const report = async () => (await once(link, 'message'))[0] as LinkReport
  const { url } = await report()
  return {
    url,
    block,
    contracts,
    async setLatency(latencyMs) {
      link.send({ latencyMs })
      return (await report()).requests
    },
    async stop() {
      link.kill()
      await node.stop()
    },
  }
}

/** Nanoseconds a plain client takes to send them again in turn, reading the answers as text. */
export async function replay(url: string, requests: readonly ProxyRequest[]): Promise<number> {
  const bodies = requests.map(({ calls, isBatch }) => {
    const items = calls.map(({ id, method, params }) => ({ jsonrpc: '2.0', id, method, params }))
    return JSON.stringify(isBatch ? items : items[0])
  })
  const headers = { 'content-type': 'application/json' }
  const start = now('wall')
  for (const body of bodies) await (await fetch(url, { method: 'POST', headers, body })).text()
  return now('wall') - start
}
