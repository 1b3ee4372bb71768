/**
 * How fast proofs are checked: a build of the core against `verifyMerkleProof` of
 * `@ethereumjs/mpt`, for the same lists of nodes.
 *
 * The core may remember one node here, and after every proof it checks a proof of one node of
 * another trie, so that no node is known when its proof is checked again. That is in its time, and
 * so is the comparison with the claimed fields, which the peer leaves to its caller.
 */

import { verifyMerkleProof } from '@ethereumjs/mpt'
import { bytesToHex, hexToBytes } from '@ethereumjs/util'

import { ForkCore } from '../../src/ffi/fork-core.ts'
import type { Engine, Hex } from '../../src/index.ts'
import type { Compared, Contender, MeasureOptions } from './measure.ts'
import { measureInTurns } from './measure.ts'
import type { Claim, ProofCase } from './proof-cases.ts'
import { leafOf, loneSlot } from './proof-cases.ts'
import type { TriePeer } from './trie-peers.ts'

const NOTHING = new Uint8Array()

/** The core on a build, and what it is called. */
export interface NamedEngine {
  readonly name: string
  readonly engine: Engine
}

/**
 * What one check takes.
 *
 * @param peers May be none: then the core is held against the peer, and only the core is timed.
 * @throws Error if answers differ.
 */
export async function timeProofs(
  { name, engine }: NamedEngine,
  peers: readonly TriePeer[],
  cases: readonly ProofCase[],
  options: MeasureOptions,
): Promise<readonly Compared[]> {
  const checker = new Checker(engine, await loneSlot())
  for (const entry of cases) await requireSameAnswers(checker, entry, peers)
  const contenders: readonly Contender[] = [
    {
      name,
      run() {
        for (const entry of cases) checker.verdictOn(entry, entry.claim)
      },
    },
    ...peers.map((peer) => ({
      name: peer.name,
      async run() {
        for (const entry of cases) await verifyByPeer(entry, peer)
      },
    })),
  ]
  const results = await measureInTurns(contenders, options)
  checker.destroy()
  return results.map(({ name: contender, took: { median, least, most } }) => ({
    name: contender,
    took: {
      median: median / cases.length,
      least: least / cases.length,
      most: most / cases.length,
    },
  }))
}

type Verdict = 'present' | 'absent' | 'refused'

/** Checks proofs in one build, in a fork for each root. */
class Checker {
  readonly #engine: Engine
  readonly #forks = new Map<Hex, { readonly core: ForkCore; readonly generation: number }>()
  /** What is checked in between. */
  readonly #other: ProofCase

  constructor(engine: Engine, other: ProofCase) {
    this.#engine = engine
    this.#other = other
  }

  verdictOn({ root, key, nodes }: ProofCase, claim: Claim): Verdict {
    const { core, generation } = this.#forks.get(root) ?? this.#add(root)
    const check =
      typeof claim === 'bigint'
        ? core.proofs.checkStorage(generation, root, key, claim, nodes)
        : core.proofs.checkAccount(generation, key, claim, nodes)
    const other = this.#other
    core.proofs.checkStorage(generation, other.root, other.key, other.claim as bigint, other.nodes)
    if (check === 'proven') return claim === 0n ? 'absent' : 'present'
    if (check === 'stale' || 'failure' in check) return 'refused'
    return check.presence === 'absent' ? 'absent' : 'present'
  }

  /** Whether no node of this proof is known. */
  isCold({ root, nodes }: ProofCase): boolean {
    const { core } = this.#forks.get(root) ?? this.#add(root)
    return nodes.every((node) => !core.trieNodes.has(core.keccak256(node)))
  }

  #add(root: Hex) {
    const bounds = { maxEntries: 1, maxBytes: 1, maxTrieNodeBytes: 1 }
    const core = new ForkCore(this.#engine, bounds)
    const fork = { core, generation: core.generation }
    core.setStateRoot(fork.generation, root)
    this.#forks.set(root, fork)
    return fork
  }

  destroy(): void {
    for (const { core } of this.#forks.values()) core.destroy()
  }
}

function verifyByPeer(
  { root, key, nodes }: ProofCase,
  { keccak256 }: Pick<TriePeer, 'keccak256'>,
): Promise<Uint8Array | null> {
  return verifyMerkleProof(hexToBytes(key), nodes, {
    root: hexToBytes(root),
    useKeyHashing: true,
    ...(keccak256 && { useKeyHashingFunction: keccak256 }),
  })
}

/** What the peers find is what is claimed; the core accepts that, nothing else, and forgets it. */
async function requireSameAnswers(
  checker: Checker,
  entry: ProofCase,
  peers: readonly TriePeer[],
): Promise<void> {
  const { claim, key } = entry
  const found = await verifyByPeer(entry, {})
  for (const peer of peers) {
    const other = await verifyByPeer(entry, peer)
    if (Buffer.compare(other ?? NOTHING, found ?? NOTHING) !== 0) {
      throw new Error(`${peer.name} finds another value at ${key}`)
    }
  }
  if (found !== null && bytesToHex(found) !== bytesToHex(leafOf(claim))) {
    throw new Error(`the peer finds ${bytesToHex(found)} at ${key}`)
  }
  const expected: Verdict = found === null ? 'absent' : 'present'
  const verdict = checker.verdictOn(entry, claim)
  if (verdict !== expected) throw new Error(`${key} is ${verdict}, not ${expected}`)
  if (!checker.isCold(entry)) throw new Error(`${key}: nodes of its proof are remembered`)
  const wrong = typeof claim === 'bigint' ? claim + 1n : { ...claim, balance: claim.balance + 1n }
  if (checker.verdictOn(entry, wrong) !== 'refused') throw new Error(`${key}: not refused`)
}
