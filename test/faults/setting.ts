/** The setting of a scenario, drawn from its seed: nodes, connections, options. */

import type { FailoverOptions } from '../../src/rpc/failover/failover-client.ts'
import { FailoverRpcClient } from '../../src/rpc/failover/failover-client.ts'
import type { RpcClient } from '../../src/rpc/rpc-client.ts'
import { RpcClientAdapter } from '../../src/rpc/rpc-client-adapter.ts'
import { FaultyNode } from './faulty-node.ts'
import type { NodeTraits } from './node-view.ts'
import type { Random } from './random.ts'
import { VirtualClock } from './virtual-clock.ts'
import { World } from './world.ts'

const CHAIN_ID = 31_337n
const OTHER_CHAIN_ID = 5n

/** The object that a scenario reads through. */
export type Level = 'client' | 'manager'

/** Why a node gives no usable answers. In a scenario with several nodes, one has a quirk. */
const QUIRKS = ['none', 'liar', 'behind', 'pruned', 'other chain', 'other fork'] as const
type Quirk = (typeof QUIRKS)[number]

export interface Setting {
  readonly clock: VirtualClock
  readonly random: Random
  readonly world: World
  /** `world`, and the worlds of nodes on another chain or fork. */
  readonly worlds: readonly World[]
  readonly nodes: readonly FaultyNode[]
  readonly client: RpcClient & { close(): void }
  /** There is one node only, so its answers cannot be compared. */
  readonly isSingle: boolean
  /** A description for the report of a failure. */
  readonly description: string
}

export function drawSetting(random: Random, level: Level): Setting {
  const clock = new VirtualClock()
  const takesHash = random.chance(0.8)
  const world = new World(random, { chainId: CHAIN_ID, takesHash })
  const kind = random.pick(['single', 'single', 'failover', 'quorum'] as const)
  const quirks =
    kind === 'single'
      ? (['none'] as const)
      : drawQuirks(random, { liar: kind === 'quorum', 'other fork': true })
  const faultRate = random.pick([0, 0.1, 0.3, 0.5])
  const worlds = [world]
  const nodes = quirks.map((quirk) => {
    const own = worldOf(quirk, random, takesHash)
    if (own !== undefined) worlds.push(own)
    return new FaultyNode({
      chain: (own ?? world).chain,
      traits: traitsOf(quirk, random),
      clock,
      random,
      faultRate: random.chance(0.3) ? 0 : faultRate,
      wrongIds: level === 'manager' ? 'mixed up' : 'foreign',
    })
  })
  const options = drawOptions(random, clock)
  const clients = nodes.map((node, index) => clientOf(node, index, { random, options }))
  const client =
    kind === 'single'
      ? (clients[0] as RpcClientAdapter)
      : ownAll(clients, { ...options, chainId: CHAIN_ID, quorum: kind === 'quorum' ? 2 : 1 })
  const { clock: _, random: __, ...shown } = options
  const isSingle = kind === 'single'
  const description = JSON.stringify({ kind, quirks, takesHash, faultRate, ...shown })
  return { clock, random, world, worlds, nodes, client, isSingle, description }
}

/**
 * Draws the quirks of several nodes. A lie can be detected only if two nodes must agree. A node on
 * another fork can be detected by calls that name their block by its hash.
 */
function drawQuirks(
  random: Random,
  isPossible: Readonly<Partial<Record<Quirk, boolean>>>,
): readonly Quirk[] {
  const possible = QUIRKS.filter((quirk) => isPossible[quirk] !== false)
  const plain = Array<Quirk>(random.integer(2, 4)).fill('none')
  return random.shuffle([random.pick(possible), ...plain])
}

function worldOf(quirk: Quirk, random: Random, takesHash: boolean): World | undefined {
  if (quirk === 'other chain') return new World(random, { chainId: OTHER_CHAIN_ID, takesHash })
  if (quirk !== 'other fork') return undefined
  const world = new World(random, { chainId: CHAIN_ID, takesHash })
  world.diverge()
  return world
}

function traitsOf(quirk: Quirk, random: Random): NodeTraits {
  return {
    lag: quirk === 'behind' ? random.integer(1, 4) : 0,
    isPruned: quirk === 'pruned',
    lies: quirk === 'liar',
    isModern: random.chance(0.5),
  }
}

function drawOptions(random: Random, clock: VirtualClock): FailoverOptions {
  return {
    clock,
    random: () => random.next(),
    timeoutMs: random.pick([200, 1_000, 4_000]),
    retries: random.integer(0, 6),
    backoffMs: random.pick([0, 10, 200]),
    maxBatchSize: random.pick([1, 3, 250]),
    maxBatchBytes: random.pick([400, 524_288]),
    maxConcurrentRequests: random.pick([1, 2, 16]),
    maxResponseBytes: random.pick([4_000, 1_000_000, 1_000_000]),
    windowMs: random.pick([0, 0, 5]),
    retriesPerSecond: random.pick([undefined, undefined, 4]),
    requestsPerSecond: random.pick([undefined, undefined, 20]),
    computeUnitsPerSecond: random.pick([undefined, undefined, 30]),
    hedgeAfterMs: random.pick([undefined, 30]),
  }
}

function clientOf(
  node: FaultyNode,
  index: number,
  { random, options }: { readonly random: Random; readonly options: FailoverOptions },
): RpcClientAdapter {
  const scheme = random.chance(0.3) ? 'ws' : 'http'
  const { fetch, WebSocket } = node
  return new RpcClientAdapter(`${scheme}://node${index}.example`, { ...options, fetch, WebSocket })
}

/** A client over others that also closes them. */
function ownAll(clients: readonly RpcClientAdapter[], options: FailoverOptions): FailoverRpcClient {
  return new (class extends FailoverRpcClient {
    override close(): void {
      super.close()
      for (const client of clients) client.close()
    }
  })(clients, options)
}
