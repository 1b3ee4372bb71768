/**
 * Statements 30 and 31 on real state: random writes, deletions, clears, undos and branches on the
 * parents of real blocks. Roots and proofs must be those that `@ethereumjs/mpt` computes from the
 * same trie nodes.
 */

import { RLP } from '@ethereumjs/rlp'
import { bytesToHex, type Hex, keccak256, slice } from 'viem'
import { afterEach, expect, test } from 'vitest'

import type { Engine } from '../../src/ffi/engine.ts'
import { type EthProof, StateManager } from '../../src/index.ts'
import { describeEngines } from '../support/engines.ts'
import { describeFixtures } from '../support/fixtures.ts'
import { provenLeaf } from '../support/proven-leaf.ts'
import { type PickBelow, seededBelow } from '../support/random.ts'
import { word } from '../support/sample-keys.ts'
import { executeBlock } from './execute.ts'
import { endForks, endLater, trustOf } from './fork-parent.ts'
import { type Change, minimal, PeerState } from './peer-state.ts'
import { type RealBlock, witnessedBlocks } from './real-blocks.ts'
import { gapOptions } from './witness-gap.ts'

const CASES = 10
const MAX_ROUNDS = 4
const MAX_WRITES = 16
/** Unwritten keys to prove in each state, besides those that were written. */
const MAX_OTHERS = 3

const UNCHANGED = { exists: true, isAnew: false, isCleared: false, slots: new Map() }

afterEach(endForks)

/** An account of the parent, with slots that the block changed. */
interface Touched {
  readonly address: Hex
  readonly slots: readonly Hex[]
}

/** A manager, and the sum of all writes to it. */
interface Written {
  readonly state: StateManager
  readonly changes: Map<Hex, Change>
}

/** Ways to write in a scope. */
const SCOPES = ['revert', 'commit', 'snapshot', 'branch'] as const
/** What every test must meet, so that it is known to test something. */
const EVENTS = [...SCOPES, 'delete', 'clear', 'root', 'present', 'absent'] as const

type Tally = Record<(typeof EVENTS)[number], number>

async function touchedBy(real: RealBlock, name: string): Promise<readonly Touched[]> {
  const { nodes, codes, blockHashes: hashes } = real.witness!
  const witness = { nodes, codes, headers: [] }
  const state = endLater(new StateManager({ witness, ...trustOf(real) }))
  await executeBlock(real, state, { hashes, ...gapOptions(name, state) })
  const diff = await state.diff()
  return diff.map(({ address, storage }) => ({ address, slots: storage.map(({ slot }) => slot) }))
}

/** Random writes to one block's parent. */
class RandomCase {
  readonly #touched: readonly Touched[]
  readonly #below: PickBelow
  readonly #tally: Tally
  readonly #maxWrites: number

  constructor(touched: readonly Touched[], below: PickBelow, tally: Tally) {
    this.#touched = touched
    this.#below = below
    this.#tally = tally
    // With many writes, one is likely to need a trie node that the witness lacks.
    this.#maxWrites = 2 + below(MAX_WRITES)
  }

  /** @returns The manager and its branches. */
  async play(fork: StateManager): Promise<readonly Written[]> {
    const all: Written[] = [{ state: fork, changes: new Map() }]
    for (let rounds = 1 + this.#below(MAX_ROUNDS); rounds > 0; rounds--) {
      const written = all[this.#below(all.length)] as Written
      this.#write(written)
      const branch = await this.#scope(written)
      if (branch !== undefined) all.push(branch)
      this.#write(written)
    }
    return all
  }

  /** Writes that are undone, kept or seen by a branch alone. */
  async #scope({ state, changes }: Written): Promise<Written | undefined> {
    const copy = new Map(changes)
    const kind = SCOPES[this.#below(SCOPES.length)] as (typeof SCOPES)[number]
    this.#tally[kind]++
    if (kind === 'branch') {
      const branch = { state: endLater(state.branch()), changes: copy }
      this.#write(branch)
      return branch
    }
    if (kind === 'commit') {
      state.checkpoint()
      this.#write({ state, changes })
      state.commit()
      return undefined
    }
    const id = state.snapshot()
    if (kind === 'revert') state.checkpoint()
    this.#write({ state, changes: copy })
    // What was computed for this root must not affect later ones.
    await state.getStateRoot().catch(() => {})
    if (kind === 'revert') state.revert()
    else state.revertToSnapshot(id)
    return undefined
  }

  #write(written: Written): void {
    for (let count = this.#below(this.#maxWrites); count > 0; count--) this.#change(written)
  }

  /** Makes the same change in both. */
  #change({ state, changes }: Written): void {
    const { address, slots } = this.#pick()
    const kind = this.#below(12)
    const was = changes.get(address) ?? { ...UNCHANGED, balance: 0n }
    if (kind === 0) {
      this.#tally.delete++
      state.deleteAccount(address)
      const gone = { exists: false, isAnew: true, isCleared: true, balance: 0n, slots: new Map() }
      changes.set(address, gone)
      return
    }
    // Every write sets a balance too, so that no new account is empty.
    const next = { ...was, exists: true, balance: BigInt(1 + this.#below(1_000_000)) }
    state.setBalance(address, next.balance)
    const slot = slots[this.#below(Math.max(1, slots.length))]
    if (kind === 1) {
      this.#tally.clear++
      state.clearStorage(address)
      changes.set(address, { ...next, isCleared: true, slots: new Map() })
    } else if (kind > 4 && slot !== undefined) {
      const value = this.#below(2) === 0 ? 0n : BigInt(1 + this.#below(1_000))
      state.setStorage(address, slot, value)
      changes.set(address, { ...next, slots: new Map([...was.slots, [slot, value]]) })
    } else {
      changes.set(address, next)
    }
  }

  #pick(): Touched {
    return this.#touched[this.#below(this.#touched.length)] as Touched
  }

  #absentAddress(): Hex {
    return slice(keccak256(word(this.#below(1_000_000))), 0, 20)
  }

  /** The root must be the peer's, or unavailable in both; likewise the proofs. */
  async check({ state, changes }: Written, parent: PeerState): Promise<void> {
    const peer = await parent.after(changes).catch(() => undefined)
    const root = await state.getStateRoot().catch(codeOf)
    expect(root).toBe(peer?.root ?? 'MISSING_TRIE_NODE')
    if (peer === undefined) return
    this.#tally.root++
    const others = Array.from({ length: MAX_OTHERS }, () => this.#pick().address)
    for (const address of new Set([...changes.keys(), ...others, this.#absentAddress()])) {
      await this.#checkAccount(state, peer, address)
      const touched = this.#touched.find((other) => other.address === address)?.slots ?? []
      const read = Array.from({ length: MAX_OTHERS }, () => touched[this.#below(touched.length)])
      const slots = [...(changes.get(address)?.slots.keys() ?? []), ...read, word(this.#below(99))]
      for (const slot of new Set(slots)) {
        if (slot !== undefined) await this.#checkSlot(state, peer, address, slot)
      }
    }
  }

  async #checkAccount(state: StateManager, peer: PeerState, address: Hex): Promise<void> {
    const nodes = await peer.proveAccount(address).catch(() => undefined)
    const proof = await state.getProof(address).catch(codeOf)
    if (nodes === undefined || typeof proof === 'string') {
      expect([proof, nodes]).toEqual(['OUTSIDE_WITNESS', undefined])
      return
    }
    expect(proof.accountProof).toEqual(nodes)
    const leaf = provenLeaf(peer.root, address, proof.accountProof)
    if (leaf !== undefined) expect(accountLeaf(proof)).toBe(leaf)
    else expect(proof).toMatchObject({ balance: 0n, nonce: 0n })
    this.#tally[leaf === undefined ? 'absent' : 'present']++
  }

  async #checkSlot(state: StateManager, peer: PeerState, address: Hex, slot: Hex): Promise<void> {
    const nodes = await peer.proveSlot(address, slot).catch(() => undefined)
    const proof = await state.getProof(address, [slot]).catch(codeOf)
    if (nodes === undefined || typeof proof === 'string') {
      expect([proof, nodes]).toEqual(['OUTSIDE_WITNESS', undefined])
      return
    }
    const [{ key, value, proof: ours }] = proof.storageProof as [EthProof['storageProof'][number]]
    expect([key, ours]).toEqual([slot, nodes])
    const leaf = provenLeaf(proof.storageHash, slot, ours)
    expect(leaf).toBe(value === 0n ? undefined : bytesToHex(RLP.encode(minimal(value))))
    this.#tally[leaf === undefined ? 'absent' : 'present']++
  }
}

function codeOf(error: { readonly code?: string }): string {
  return error.code ?? String(error)
}

/** The leaf of an account in the state trie, from its fields. */
function accountLeaf({ nonce, balance, storageHash, codeHash }: EthProof): Hex {
  return bytesToHex(RLP.encode([minimal(nonce), minimal(balance), storageHash, codeHash]))
}

async function runCases(real: RealBlock, name: string, ffi: Engine): Promise<Tally> {
  const { nodes, codes } = real.witness!
  const touched = await touchedBy(real, name)
  const parent = await PeerState.ofWitness(nodes, real.parent.stateRoot)
  const tally = Object.fromEntries(EVENTS.map((event) => [event, 0])) as Tally
  for (let seed = 0; seed < CASES; seed++) {
    const witness = { nodes, codes, headers: [] }
    const fork = endLater(new StateManager({ witness, ffi, ...trustOf(real) }))
    const random = new RandomCase(touched, seededBelow(seed), tally)
    try {
      for (const written of await random.play(fork)) await random.check(written, parent)
    } catch (cause) {
      throw new Error(`seed ${seed}`, { cause })
    }
  }
  return tally
}

describeFixtures('roots and proofs of real state', () => {
  describeEngines('after random writes', (ffi) => {
    for (const { name, load } of witnessedBlocks) {
      test(`statement 31: on the parent of ${name} they are the peer's, or an error`, async () => {
        const tally = await runCases(await load(), name, ffi)
        expect(EVENTS.filter((event) => tally[event] === 0)).toEqual([])
      })
    }
  })
})
