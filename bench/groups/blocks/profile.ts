/** Whose code a run spends its time in, by V8's sampling profiler; what it calls counts with it. */

import { readFileSync } from 'node:fs'
import type { Profiler } from 'node:inspector'
import { Session } from 'node:inspector/promises'

/** Percent of the time that the processor was not idle. */
export interface CodeShares {
  /** The modules and the WebAssembly of forkstate, as state manager. */
  readonly state: number
  /** The same, called by EthereumJS for a hash. */
  readonly hashing: number
  /** `@ethereumjs/statemanager` and `@ethereumjs/mpt`. */
  readonly peer: number
}

type Part = keyof CodeShares | 'other'

const SAMPLING_INTERVAL_US = 200
const PEER = /node_modules\/@ethereumjs\/(statemanager|mpt)\//
/** Above each module in a bundle. */
const MODULE = /^\/\/ (?:\.\.\/)*(\S+\.[jt]s)$/

export async function profileOf(run: () => Promise<unknown>): Promise<CodeShares> {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLING_INTERVAL_US })
  await session.post('Profiler.start')
  await run()
  const { profile } = await session.post('Profiler.stop')
  session.disconnect()
  return sharesOf(profile)
}

function sharesOf({ nodes, samples = [] }: Profiler.Profile): CodeShares {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const parts = new Map<number, Part>()
  const assign = (id: number, above: Part): void => {
    const node = byId.get(id)
    if (node === undefined) return
    const part = above === 'other' ? partOf(node.callFrame) : above
    parts.set(id, part)
    for (const child of node.children ?? []) assign(child, part)
  }
  assign(nodes[0]?.id ?? 0, 'other')

  // Samples count alike: between two of them others may have had the processor for long.
  const counts: Record<Part, number> = { state: 0, hashing: 0, peer: 0, other: 0 }
  for (const id of samples) {
    if (byId.get(id)?.callFrame.functionName !== '(idle)') counts[parts.get(id) ?? 'other']++
  }
  const { state, hashing, peer, other } = counts
  const percent = (count: number) => (100 * count) / (state + hashing + peer + other)
  return { state: percent(state), hashing: percent(hashing), peer: percent(peer) }
}

function partOf({ url, lineNumber }: Profiler.ProfileNode['callFrame']): Part {
  if (PEER.test(url)) return 'peer'
  if (url.startsWith('wasm:')) return 'state'
  const module = url.startsWith('file:') ? modulesOf(url)[lineNumber] : undefined
  if (module === 'src/ethereumjs/keccak256.ts') return 'hashing'
  return module?.startsWith('src/') ? 'state' : 'other'
}

const bundles = new Map<string, readonly (string | undefined)[]>()

/** Of each line of a bundle. */
function modulesOf(url: string): readonly (string | undefined)[] {
  const known = bundles.get(url)
  if (known !== undefined) return known
  let module: string | undefined
  const modules = readFileSync(new URL(url), 'utf8')
    .split('\n')
    .map((line) => {
      module = MODULE.exec(line)?.[1] ?? module
      return module
    })
  bundles.set(url, modules)
  return modules
}
