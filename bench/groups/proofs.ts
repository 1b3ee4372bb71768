/** Proof checks, on proofs of real chains and of seeded tries. */

import type { Group, Job, Row, Scale, Target } from '../kit/group.ts'
import { LeftOut } from '../kit/group.ts'
import { WASM } from '../kit/names.ts'
import type { ProofCase } from '../kit/proof-cases.ts'
import { ratiosOf, spreadOf } from '../kit/ratios.ts'
import type { EngineLoader } from '../kit/subjects.ts'
import { engines } from '../kit/subjects.ts'

/** Where proofs come from. */
interface Source {
  readonly name: string
  readonly workload: string
  readonly size?: number
  /** @throws LeftOut without the data. */
  load(): Promise<readonly ProofCase[]>
}

/** Proofs of seeded tries: half of accounts, half of slots, 20 of each of absent keys. */
const SEEDED_PROOFS = { quick: 40, full: 200 }
const SEEDED_ENTRIES = { quick: 200, full: 10_000 }

const REAL = 'one proof check, real chains, no node known'
const SEEDED = 'one proof check, seeded tries, no node known, by entries of each trie'
const PEER = '@ethereumjs/mpt'
const PEER_CORE_HASH = '@ethereumjs/mpt, hash of forkstate'

const target: Target = {
  work: 'proof checks, WebAssembly in Node',
  target: '>= 10 x `@ethereumjs/mpt`',
  judge(rows) {
    const against = (peer: string) =>
      [REAL, SEEDED].flatMap((workload) => ratiosOf(rows, workload, { own: WASM, peer }))
    const ratios = against(PEER)
    if (ratios.length === 0) return undefined
    return {
      measured: `${spreadOf(ratios)}; ${spreadOf(against(PEER_CORE_HASH))} where the peer hashes with forkstate too`,
      isMet: ratios.every(({ ratio }) => ratio >= 10),
    }
  },
}

export const proofs: Group = {
  name: 'proofs',
  title: 'Proof checks',
  about:
    'Account and storage proofs (EIP-1186), one after the other, present and absent keys. Real ' +
    'ones are those of the fixtures; seeded ones are of tries with uniform keys. ' +
    '`@ethereumjs/mpt` runs `verifyMerkleProof()`, which gives the value; forkstate also compares ' +
    'it with the claimed fields, and checks one small proof of another trie each time, so that it ' +
    'knows no node. "Hash of forkstate" is the peer with the keccak256 of forkstate as its ' +
    '`useKeyHashingFunction`: what is left is the work on the trie.',
  runtimes: ['Node', 'Bun'],
  targets: [target],
  jobs,
}

function jobs(scale: Scale): readonly Job[] {
  return [realSource(), seededSource(scale)].flatMap((source) =>
    engines.map((engine, at) => ({
      name: `${source.name}, ${engine.name}`,
      // The peers take turns with the first engine.
      run: async () => await time(engine, source, at === 0 ? 'peers too' : 'engine only', scale),
    })),
  )
}

function realSource(): Source {
  return {
    name: 'real proofs',
    workload: REAL,
    async load() {
      const { recordedCases } = await import('../kit/proof-cases.ts')
      const cases = recordedCases()
      if (cases === undefined) throw new LeftOut('no ../shared/fixtures')
      return cases
    },
  }
}

function seededSource({ isQuick }: Scale): Source {
  const entries = isQuick ? SEEDED_ENTRIES.quick : SEEDED_ENTRIES.full
  return {
    name: 'seeded proofs',
    workload: SEEDED,
    size: entries,
    async load() {
      const { seededCases } = await import('../kit/proof-cases.ts')
      return await seededCases(entries, isQuick ? SEEDED_PROOFS.quick : SEEDED_PROOFS.full)
    },
  }
}

async function time(
  { name, load: loadEngine }: EngineLoader,
  { workload, size, load }: Source,
  timed: 'peers too' | 'engine only',
  { isQuick }: Scale,
): Promise<readonly Row[]> {
  const engine = await loadEngine()
  const cases = await load()
  const { timeProofs } = await import('../kit/proof-checks.ts')
  const { triePeers } = await import('../kit/trie-peers.ts')
  const peers = timed === 'peers too' ? triePeers() : []
  const options = { calls: isQuick ? 1 : 5, rounds: isQuick ? 2 : 9 }
  const results = await timeProofs({ name, engine }, peers, cases, options)
  return results.map(({ name: subject, took }) => {
    const row: Row = { workload, subject, unit: 'ns', ...took }
    return size === undefined ? row : { ...row, size }
  })
}
