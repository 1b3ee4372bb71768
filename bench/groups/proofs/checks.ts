/**
 * The core against `verifyMerkleProof` of `@ethereumjs/mpt`, for the same lists of nodes. The core may remember one node here, and after every proof it checks a proof of one node of
 * another trie, so that no node is known when its proof is checked again. That is in its time, and
 * so is the comparison with the claimed fields, which the peer leaves to its caller.
 */

import { verifyMerkleProof } from '@ethereumjs/mpt'
import { bytesToHex, hexToBytes } from '@ethereumjs/util'
import { ForkCore } from '../../../src/ffi/fork-core.ts'
import type { Engine, Hex } from '../../../src/index.ts'
import type { Loop, Measurement, MeasureOptions } from '../../kit/measure.ts'
import { measureInTurns } from '../../kit/measure.ts'
import { type Claim, leafOf, type TriePeer, triePeers } from '../../kit/tries.ts'
import { loneSlot, type ProofCase } from './cases.ts'

/** @param options Calls are checks of all cases. @returns What one takes: the core, each peer. */
export async function timeProofs(
  engine: Engine,
  peers: readonly TriePeer[],
  cases: readonly ProofCase[],
  { calls, rounds }: MeasureOptions,
): Promise<readonly Measurement[]> {
  const checker = new Checker(engine, await loneSlot())
  for (const entry of cases) await requireSameAnswers(checker, entry)
  const caseAt = (at: number) => cases[at % cases.length] as ProofCase
  const ofCore: Loop = (count, first) => {
    for (let at = first; at < first + count; at++) checker.verdictOn(caseAt(at), caseAt(at).claim)
  }
  const ofPeers = peers.map(
    (peer): Loop =>
      async (count, first) => {
        for (let at = first; at < first + count; at++) await verifyBy(peer, caseAt(at))
      },
  )
  const options = { calls: calls * cases.length, rounds }
  const took = await measureInTurns([ofCore, ...ofPeers], options)
  checker.destroy()
  return took
}

type Verdict = 'present' | 'absent' | 'refused'

class Checker {
  readonly #engine: Engine
  readonly #forks = new Map<Hex, { readonly core: ForkCore; readonly generation: number }>()
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

  isCold({ root, nodes }: ProofCase): boolean {
    const { core } = this.#forks.get(root) ?? this.#add(root)
    return nodes.every((node) => !core.trieNodes.has(core.keccak256(node)))
  }

  #add(root: Hex) {
    const core = new ForkCore(this.#engine, { maxEntries: 1, maxBytes: 1, maxTrieNodeBytes: 1 })
    const fork = { core, generation: core.generation }
    core.setStateRoot(fork.generation, root)
    this.#forks.set(root, fork)
    return fork
  }

  destroy(): void {
    for (const { core } of this.#forks.values()) core.destroy()
  }
}

function verifyBy({ options }: TriePeer, { root, key, nodes }: ProofCase) {
  return verifyMerkleProof(hexToBytes(key), nodes, { ...options, root: hexToBytes(root) })
}

async function requireSameAnswers(checker: Checker, entry: ProofCase): Promise<void> {
  const { claim, key } = entry
  const isAbsent = (await verifyBy(triePeers[0] as TriePeer, entry)) === null
  const leaf = isAbsent ? undefined : bytesToHex(leafOf(claim))
  for (const peer of triePeers) {
    const value = await verifyBy(peer, entry)
    const found = value === null ? undefined : bytesToHex(value)
    if (found !== leaf) throw new Error(`${peer.name} finds ${found} at ${key}`)
  }
  const expected: Verdict = isAbsent ? 'absent' : 'present'
  const verdict = checker.verdictOn(entry, claim)
  if (verdict !== expected) throw new Error(`${key} is ${verdict}, not ${expected}`)
  if (!checker.isCold(entry)) throw new Error(`${key}: nodes of its proof are remembered`)
  const wrong = typeof claim === 'bigint' ? claim + 1n : { ...claim, balance: claim.balance + 1n }
  if (checker.verdictOn(entry, wrong) !== 'refused') throw new Error(`${key}: not refused`)
}
