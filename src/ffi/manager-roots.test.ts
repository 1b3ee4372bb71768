import { RLP } from '@ethereumjs/rlp'
import { expect, it } from 'vitest'
import { describeEngines } from '../../test/support/engines.ts'
import { PlainTrie } from '../../test/support/plain-trie.ts'
import { word } from '../../test/support/sample-keys.ts'
import { EMPTY_CODE_HASH, EMPTY_ROOT } from '../encoding/constants.ts'
import type { Hex } from '../encoding/hex.ts'
import { toBytes, toHex } from '../encoding/hex.ts'
import type { AccountFact } from './account-fact.ts'
import type { Engine } from './engine.ts'
import { ForkCore } from './fork-core.ts'
import type { CoreRequest } from './fork-request.ts'
import { ManagerCore } from './manager-core.ts'
import { findPreimage } from './preimage.ts'

const addressOf = (number: number): Hex => `0x${number.toString(16).padStart(40, '0')}`

type Slots = Record<number, number>

const digitsOf = (value: bigint): Uint8Array => {
  const text = value.toString(16)
  return value === 0n
    ? new Uint8Array()
    : toBytes(`0x${text.padStart(text.length + (text.length % 2), '0')}`, 'value')
}

/** Accounts with a balance and slots, and their tries made whole. */
class Chain {
  readonly #storages: Map<Hex, PlainTrie>
  readonly #slots: Map<Hex, Slots>
  readonly #accounts: PlainTrie

  constructor(slots: Record<number, Slots>) {
    const entries = Object.entries(slots).map(([n, own]) => [addressOf(Number(n)), own] as const)
    this.#slots = new Map(entries)
    this.#storages = new Map(
      entries.map(([address, own]) => {
        const held = Object.entries(own).filter(([, value]) => value !== 0)
        return [
          address,
          new PlainTrie(
            held.map(([slot, value]) => [word(Number(slot)), RLP.encode(digitsOf(BigInt(value)))]),
          ),
        ]
      }),
    )
    this.#accounts = new PlainTrie(
      entries.map(([address]) => {
        const { balance, codeHash, storageHash } = this.fact(address)
        const fields = [new Uint8Array(), digitsOf(balance), storageHash as Hex, codeHash]
        return [address, RLP.encode(fields)] as const
      }),
    )
  }

  get root(): Hex {
    return this.#accounts.root
  }

  storageRoot(address: Hex): Hex {
    return this.#storages.get(address)?.root ?? EMPTY_ROOT
  }

  fact(address: Hex): AccountFact {
    const isThere = this.#slots.has(address)
    return {
      balance: isThere ? BigInt(address) : 0n,
      nonce: 0n,
      codeHash: isThere ? EMPTY_CODE_HASH : word(0),
      storageHash: isThere ? this.storageRoot(address) : word(0),
    }
  }

  value(address: Hex, slot: Hex): bigint {
    return BigInt(this.#slots.get(address)?.[Number(slot)] ?? 0)
  }

  proveAccount(address: Hex): Hex[] {
    return this.#accounts.prove(address)
  }

  proveSlot(address: Hex, slot: Hex): Hex[] {
    return this.#storages.get(address)?.prove(slot) ?? []
  }

  /** Answers a request for proofs. */
  answer(fork: ForkCore, request: CoreRequest): void {
    const { kind, address, word: slot, generation } = request
    const fact = this.fact(address)
    expect(fork.proofs.checkAccount(generation, address, fact, this.proveAccount(address))).toEqual(
      {
        presence: this.#slots.has(address) ? 'live' : 'absent',
      },
    )
    if (kind === 'storageProof') {
      const value = this.value(address, slot)
      const proof = this.proveSlot(address, slot)
      const root = fact.storageHash as Hex
      expect(fork.proofs.checkStorage(generation, root, slot, value, proof)).toBe('proven')
    }
    expect(fork.trieNodes.provide(request)).toBe('taken')
  }
}

function setUp(engine: Engine, chain: Chain): { fork: ForkCore; core: ManagerCore } {
  const fork = new ForkCore(engine, { maxEntries: 100, maxBytes: 100_000, maxTrieNodeBytes: 1 })
  expect(fork.setStateRoot(fork.generation, chain.root)).toBe(true)
  return { fork, core: ManagerCore.createWithFork(fork) }
}

/** Reads until it is known; how many requests that took. */
function resolved<Value>(
  { fork, chain }: { readonly fork: ForkCore; readonly chain: Chain },
  read: () => Value | undefined,
): { readonly value: Value; readonly requests: number } {
  let requests = 0
  for (let round = 0; round < 8; round++) {
    const value = read()
    if (value !== undefined) return { value, requests }
    for (;;) {
      const request = fork.nextRequest()
      if (request === undefined) break
      requests++
      chain.answer(fork, request)
    }
  }
  throw new Error('still unknown')
}

describeEngines('roots and proofs', (engine) => {
  it('of a state without a chain begin with the empty trie', () => {
    const core = ManagerCore.create(engine)
    const address = addressOf(1)
    expect(core.roots.stateRoot('get')).toBe(EMPTY_ROOT)
    expect(core.roots.accountProof(address, 'get')).toEqual([])
    core.writes.setBalance(address, 1n)
    core.writes.setStorage(address, 1n, 5n)
    const chain = new Chain({ 1: { 1: 5 } })
    expect(core.roots.stateRoot('get')).toBe(chain.root)
    expect(core.roots.storageRoot(address, 'get')).toBe(chain.storageRoot(address))
    expect(core.roots.storageRoot(addressOf(2), 'get')).toBe(EMPTY_ROOT)
    expect(core.roots.accountProof(address, 'get')?.map((node) => toHex(node))).toEqual(
      chain.proveAccount(address),
    )
    core.writes.deleteAccount(address)
    expect(core.roots.stateRoot('peek')).toBe(EMPTY_ROOT)
    core.destroy()
  })

  it('ask for the proofs of what was written, and only those, at once', () => {
    const chain = new Chain({ 1: { 1: 5, 2: 6 }, 2: {}, 3: { 9: 9 }, 4: {} })
    const { fork, core } = setUp(engine, chain)
    expect(core.roots.stateRoot('get')).toBe(chain.root)
    core.writes.setStorage(addressOf(1), 1n, 7n)
    core.writes.setStorage(addressOf(1), 3n, 8n)
    core.writes.setBalance(addressOf(5), 5n)
    expect(core.roots.stateRoot('peek')).toBeUndefined()
    expect(fork.nextRequest()).toBeUndefined()
    const { value, requests } = resolved({ fork, chain }, () => core.roots.stateRoot('get'))
    expect(requests).toBe(4)
    const after = new Chain({ 1: { 1: 7, 2: 6, 3: 8 }, 2: {}, 3: { 9: 9 }, 4: {}, 5: {} })
    expect(value).toBe(after.root)
    const proof = resolved({ fork, chain }, () => core.roots.storageProof(addressOf(1), 2n, 'get'))
    expect(proof.value.map((node) => toHex(node))).toEqual(after.proveSlot(addressOf(1), word(2)))
    expect(fork.stats()).toMatchObject({ openRequests: 0, localTrieNodeBytes: expect.any(Number) })
    expect(fork.stats().localTrieNodeBytes).toBeGreaterThan(0)
    core.destroy()
    fork.destroy()
  })

  it('collect a witness that answers every read again', () => {
    const chain = new Chain({ 1: { 1: 5, 2: 6 }, 2: {}, 3: { 9: 9 }, 4: {} })
    const { fork, core } = setUp(engine, chain)
    core.writes.setStorage(addressOf(1), 1n, 7n)
    const root = resolved({ fork, chain }, () => core.roots.stateRoot('get')).value
    const witness = resolved({ fork, chain }, () => core.roots.collectWitness('get')).value
    expect(witness).toMatchObject({ isComplete: true, codes: [] })
    const again = setUp(engine, chain)
    for (const node of witness.nodes) again.fork.trieNodes.insert(again.fork.generation, node)
    expect(again.core.reads.storage(addressOf(1), 1n, 'get')).toBe(word(5))
    expect(again.core.reads.balance(addressOf(1), 'get')).toBe(1n)
    again.core.writes.setStorage(addressOf(1), 1n, 7n)
    expect(again.core.roots.stateRoot('get')).toBe(root)
    expect(again.fork.stats()).toMatchObject({ openRequests: 0, trieHits: 2 })
    for (const one of [core, fork, again.core, again.fork]) one.destroy()
  })

  it('are unknown before the state root of the block is known', () => {
    const fork = new ForkCore(engine, { maxEntries: 100, maxBytes: 100_000 })
    const core = ManagerCore.createWithFork(fork)
    expect(() => core.roots.stateRoot('get')).toThrow(/state root of the block is unknown/)
    const root = word(1)
    expect(fork.setStateRoot(fork.generation + 1, root)).toBe(false)
    expect(fork.setStateRoot(fork.generation, root)).toBe(true)
    expect(core.roots.stateRoot('get')).toBe(root)
    expect(() => fork.setStateRoot(fork.generation, word(2))).toThrow(/out of range/)
    fork.clear()
    expect(() => core.roots.stateRoot('get')).toThrow(/is unknown/)
    core.destroy()
    expect(() => core.roots.stateRoot('get')).toThrow(/destroyed/)
    fork.destroy()
  })
})

describeEngines('checks of proofs', (engine) => {
  it('name what is wrong, and where', () => {
    const chain = new Chain({ 1: { 1: 5, 2: 6 }, 2: {}, 3: { 9: 9 }, 4: {} })
    const { fork, core } = setUp(engine, chain)
    const { generation } = fork
    const [address, absent] = [addressOf(1), addressOf(6)]
    const [fact, proof] = [chain.fact(address), chain.proveAccount(address)]
    const faultOf = (claim: AccountFact, list: readonly Hex[], of = address): string => {
      const check = fork.proofs.checkAccount(generation, of, claim, list)
      if (typeof check === 'object' && 'failure' in check) return check.failure.fault
      return typeof check === 'object' ? check.presence : check
    }
    expect(faultOf(fact, proof)).toBe('live')
    expect(faultOf({ ...fact, balance: 2n }, proof)).toBe('wrongBalance')
    expect(faultOf({ ...fact, nonce: 2n }, proof)).toBe('wrongNonce')
    expect(faultOf({ ...fact, codeHash: word(1) }, proof)).toBe('wrongCodeHash')
    expect(faultOf({ ...fact, storageHash: word(1) }, proof)).toBe('wrongStorageHash')
    expect(faultOf({ ...fact, codeHash: word(0) }, proof)).toBe('live')
    expect(faultOf(fact, proof.slice(0, -1))).toBe('missingTrieNode')
    expect(faultOf(fact, [...proof, proof[0] as Hex])).toBe('extraTrieNode')
    expect(faultOf(fact, proof.toReversed())).toBe('wrongHash')
    const nothing = chain.fact(absent)
    expect(faultOf(nothing, chain.proveAccount(absent), absent)).toBe('absent')
    const hashes = { ...nothing, codeHash: EMPTY_CODE_HASH, storageHash: EMPTY_ROOT }
    expect(faultOf(hashes, chain.proveAccount(absent), absent)).toBe('absent')
    expect(faultOf(fact, chain.proveAccount(absent), absent)).toBe('notAbsent')
    expect(fork.proofs.checkAccount(generation + 1, address, fact, proof)).toBe('stale')

    const root = chain.storageRoot(address)
    const nodes = chain.proveSlot(address, word(1))
    expect(fork.proofs.checkStorage(generation, root, word(1), 5n, nodes)).toBe('proven')
    expect(fork.proofs.checkStorage(generation, root, word(1), 6n, nodes)).toEqual({
      failure: { fault: 'wrongValue', depth: nodes.length - 1 },
    })
    expect(fork.proofs.checkStorage(generation, word(0), word(1), 0n, [])).toBe('proven')
    expect(fork.proofs.checkStorage(generation, word(0), word(1), 1n, [])).toMatchObject({
      failure: { fault: 'notAbsent' },
    })
    core.destroy()
    fork.destroy()
  })

  it('take nodes in bytes and in hex, and no other', () => {
    const chain = new Chain({ 1: {} })
    const { fork, core } = setUp(engine, chain)
    const { generation } = fork
    const [node] = chain.proveAccount(addressOf(1)) as [Hex]
    const bytes = toBytes(node, 'node')
    const fact = chain.fact(addressOf(1))
    expect(fork.proofs.checkAccount(generation, addressOf(1), fact, [bytes])).toEqual({
      presence: 'live',
    })
    expect(() => fork.proofs.checkAccount(generation, addressOf(1), fact, [1 as never])).toThrow(
      /trie node/,
    )
    expect(() => fork.proofs.checkAccount(generation, addressOf(1), fact, ['0xzz'])).toThrow(
      /trie node/,
    )
    expect(fork.trieNodes.insert(generation, node)).toBe(chain.root)
    expect(fork.trieNodes.has(chain.root)).toBe(true)
    expect(fork.trieNodes.insert(generation + 1, node)).toBeUndefined()
    expect(() => fork.trieNodes.insert(generation, '0x1234')).toThrow(/canonical RLP/)
    core.destroy()
    fork.destroy()
  })

  it('find a key whose hash begins with a path', () => {
    const { fork, core } = setUp(engine, new Chain({}))
    const found = findPreimage(engine, { path: '3f0', keyBytes: 32, first: 5n, tries: 100_000 })
    expect(found).toBeDefined()
    expect(found?.key).toBe(word(found?.counter ?? 0n))
    expect(fork.keccak256(toBytes(found?.key as Hex, 'key'))).toMatch(/^0x3f0/)
    expect(findPreimage(engine, { path: '3f0', keyBytes: 20, first: 0n, tries: 0 })).toBeUndefined()
    expect(() => findPreimage(engine, { path: '3g', keyBytes: 20, first: 0n, tries: 1 })).toThrow(
      /nibbles/,
    )
    core.destroy()
    fork.destroy()
  })
})
