/** Roots, proofs and dumps of the adapter, beside those of EthereumJS's own state manager. */

import type { StateManagerInterface } from '@ethereumjs/common'
import { createMPTFromProof } from '@ethereumjs/mpt'
import { MerkleStateManager } from '@ethereumjs/statemanager'
import { Account, type BALJSONBlockAccessList, bytesToHex, hexToBytes } from '@ethereumjs/util'
import { afterEach, describe, expect, test } from 'vitest'

import { ForkStateManager } from '../../src/ethereumjs.ts'
import type { Engine } from '../../src/index.ts'
import { describeEngines } from '../support/engines.ts'
import { endForkWorlds, makeForkWorld } from '../support/fork-world.ts'
import { freshAddress, word } from '../support/sample-keys.ts'
import { accountOf, addressOf, makeAdapterWorld, makeLocal, slot } from './adapter-world.ts'

const NOTHING = new Uint8Array()
const CODE = Uint8Array.of(0x60, 0x02)
const [ONE, TWO, THREE] = [
  addressOf(freshAddress()),
  addressOf(freshAddress()),
  addressOf(freshAddress()),
]

afterEach(endForkWorlds)

/** Some accounts with code and storage, and changes that take some of it away again. */
const steps: readonly ((manager: StateManagerInterface) => Promise<void>)[] = [
  async (manager) => {
    for (const [at, address] of [ONE, TWO, THREE].entries()) {
      await manager.putAccount(address, accountOf(BigInt(at), 5n))
    }
  },
  async (manager) => {
    await manager.putCode(TWO, CODE)
    for (let at = 0; at < 20; at++) {
      await manager.putStorage(TWO, slot(at), Uint8Array.of(0, at + 1))
    }
  },
  async (manager) => manager.putStorage(TWO, slot(3), NOTHING),
  async (manager) => manager.modifyAccountFields(TWO, { nonce: 7n, balance: 2n ** 200n }),
  async (manager) => manager.deleteAccount(ONE),
  async (manager) => manager.clearStorage(TWO),
  async (manager) => manager.putStorage(TWO, slot(9), new Uint8Array(32).fill(0xff)),
  async (manager) => manager.putAccount(ONE, new Account()),
]

async function rootOf(manager: StateManagerInterface): Promise<string> {
  return bytesToHex(await manager.getStateRoot())
}

function roots(engine: Engine): void {
  test('the root is that of EthereumJS after every step, and again after a revert', async () => {
    const [ours, theirs] = [makeLocal(engine), new MerkleStateManager()]
    expect(await rootOf(ours)).toBe(await rootOf(theirs))
    for (const step of steps) {
      const before = await rootOf(ours)
      await ours.checkpoint()
      await step(ours)
      await ours.revert()
      expect(await rootOf(ours)).toBe(before)
      await step(ours)
      await step(theirs)
      expect(await rootOf(ours)).toBe(await rootOf(theirs))
    }
  })

  test('an account returns its storage root as it is when it is read', async () => {
    const [ours, theirs] = [makeLocal(engine), new MerkleStateManager()]
    for (const step of steps.slice(0, 3)) {
      await step(ours)
      await step(theirs)
    }
    const wanted = (await theirs.getAccount(TWO))?.storageRoot
    expect((await ours.getAccount(TWO))?.storageRoot).toEqual(wanted)
    expect(await ours.getStorageRoot(TWO)).toEqual(wanted)
    expect((await ours.getAccount(TWO))?.serialize()).toEqual(
      (await theirs.getAccount(TWO))?.serialize(),
    )
    await ours.putStorage(THREE, slot(1), Uint8Array.of(1))
    const three = await ours.getAccount(THREE)
    expect(three?.storageRoot).not.toEqual(new Account().storageRoot)
  })

  test('an account without code and nonce returns the root of its storage', async () => {
    const ours = makeLocal(engine)
    await ours.putAccount(ONE, accountOf(0n, 5n))
    expect((await ours.getAccount(ONE))?.storageRoot).toEqual(new Account().storageRoot)
    await ours.putStorage(ONE, slot(1), Uint8Array.of(1))
    const account = await ours.getAccount(ONE)
    expect(account?._storageRoot ?? account?.storageRoot).toEqual(await ours.getStorageRoot(ONE))
    await ours.clearStorage(ONE)
    expect((await ours.getAccount(ONE))?.storageRoot).toEqual(new Account().storageRoot)
  })

  test('a storage root that is not the present one cannot be set', async () => {
    const ours = makeLocal(engine)
    for (const step of steps.slice(0, 3)) await step(ours)
    const storageRoot = await ours.getStorageRoot(TWO)
    await ours.modifyAccountFields(TWO, { storageRoot, nonce: 9n })
    expect(await ours.getAccount(TWO)).toMatchObject({ nonce: 9n })
    const setting = ours.modifyAccountFields(TWO, { storageRoot: slot(1), nonce: 10n })
    await expect(setting).rejects.toMatchObject({ code: 'INVALID_INPUT', address: TWO.toString() })
    expect(await ours.getAccount(TWO)).toMatchObject({ nonce: 9n })
  })

  test('proofs hold under the root, for what is there and what is not', async () => {
    const ours = makeLocal(engine)
    for (const step of steps.slice(0, 4)) await step(ours)
    const proof = await ours.getProof(TWO, [slot(1), slot(3)])
    expect(proof).toMatchObject({ address: TWO.toString(), balance: `0x1${'0'.repeat(50)}` })
    expect(proof.storageProof.map(({ value }) => value)).toEqual(['0x2', '0x0'])
    const root = await ours.getStateRoot()
    const nodes = proof.accountProof.map((node) => hexToBytes(node))
    const trie = await createMPTFromProof(nodes, { root, useKeyHashing: true })
    const leaf = await trie.get(TWO.bytes, true)
    expect(leaf).toEqual((await ours.getAccount(TWO))?.serialize())
  })
}

function returning(engine: Engine): void {
  /** With three roots behind it, the last two in one checkpoint each. */
  async function makeHistory(): Promise<{ manager: ForkStateManager; passed: Uint8Array[] }> {
    const manager = makeLocal(engine, { rootHistory: 'all' })
    const passed = [await manager.getStateRoot()]
    for (const step of steps.slice(0, 2)) {
      await manager.checkpoint()
      await step(manager)
      passed.push(await manager.getStateRoot())
      await manager.commit()
    }
    return { manager, passed }
  }

  test('roots of before another block was pinned are none to go back to', async () => {
    const { fork, address, chain } = await makeForkWorld({ ffi: engine })
    const manager = new ForkStateManager({ state: fork, rootHistory: 'all' })
    const unwritten = await manager.getStateRoot()
    fork.setBalance(address, 77n)
    const written = await manager.getStateRoot()
    fork.setBalance(address, 78n)
    const latest = await manager.getStateRoot()
    await manager.setStateRoot(written)
    expect(await manager.hasStateRoot(latest)).toBe(false)
    chain.mine({ [address]: { nonce: 9n } })
    const { stateRoot } = await fork.repin('latest')
    for (const root of [unwritten, written]) {
      expect(await manager.hasStateRoot(root)).toBe(false)
      const unknown = { code: 'UNKNOWN_STATE_ROOT' }
      await expect(manager.setStateRoot(root)).rejects.toMatchObject(unknown)
    }
    expect(fork.peekBalance(address)).toBe(77n)
    await manager.setStateRoot(hexToBytes(stateRoot))
    expect(await fork.getBalance(address)).toBe(5n)
  })

  test('the present root can be set, and another one not, unless roots are kept', async () => {
    const manager = makeLocal(engine)
    const before = await manager.getStateRoot()
    await steps[0]?.(manager)
    const now = await manager.getStateRoot()
    await manager.setStateRoot(now)
    expect(await manager.hasStateRoot(now)).toBe(true)
    expect(await manager.hasStateRoot(before)).toBe(false)
    const setting = manager.setStateRoot(before)
    await expect(setting).rejects.toMatchObject({ code: 'UNKNOWN_STATE_ROOT' })
    expect(await manager.getStateRoot()).toEqual(now)
  })

  test('with kept roots there is a way back to each, and then not forward again', async () => {
    const { manager, passed } = await makeHistory()
    const [start, first, second] = passed as [Uint8Array, Uint8Array, Uint8Array]
    for (const root of passed) expect(await manager.hasStateRoot(root)).toBe(true)
    await manager.setStateRoot(first)
    expect(await manager.getStateRoot()).toEqual(first)
    expect(await manager.getAccount(THREE)).toMatchObject({ nonce: 2n, balance: 5n })
    expect(await manager.getCode(TWO)).toEqual(NOTHING)
    expect(await manager.hasStateRoot(second)).toBe(false)
    await steps[1]?.(manager)
    expect(await manager.getStateRoot()).toEqual(second)
    await manager.setStateRoot(first)
    await manager.setStateRoot(start)
    expect(await manager.getAccount(THREE)).toBeUndefined()
    await expect(manager.setStateRoot(slot(1))).rejects.toMatchObject({
      code: 'UNKNOWN_STATE_ROOT',
    })
  })

  test('writes whose root nobody asked for are undone with the rest', async () => {
    const { manager, passed } = await makeHistory()
    await manager.putStorage(THREE, slot(1), Uint8Array.of(1))
    await manager.setStateRoot(passed[2] as Uint8Array)
    expect(await manager.getStorage(THREE, slot(1))).toEqual(NOTHING)
  })

  test('there is no way back while a checkpoint is open, or when the state went back', async () => {
    const { manager, passed } = await makeHistory()
    await manager.checkpoint()
    const setting = manager.setStateRoot(passed[0] as Uint8Array)
    await expect(setting).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await manager.revert()
    const copy = manager.shallowCopy()
    using _ = copy.state
    expect(await copy.hasStateRoot(passed[1] as Uint8Array)).toBe(false)
    expect(await copy.hasStateRoot(passed[2] as Uint8Array)).toBe(true)
    await manager.setStateRoot(passed[0] as Uint8Array)
    const gone = manager.setStateRoot(passed[1] as Uint8Array)
    await expect(gone).rejects.toMatchObject({ code: 'UNKNOWN_STATE_ROOT' })
  })
}

function dumps(engine: Engine): void {
  test('storage is dumped as EthereumJS dumps it, whole and in ranges', async () => {
    const [ours, theirs] = [makeLocal(engine), new MerkleStateManager()]
    for (const step of steps.slice(0, 3)) {
      await step(ours)
      await step(theirs)
    }
    await ours.putStorage(TWO, slot(40), new Uint8Array(32).fill(0x80))
    await theirs.putStorage(TWO, slot(40), new Uint8Array(32).fill(0x80))
    const all = await theirs.dumpStorage(TWO)
    expect(Object.keys(all)).toHaveLength(20)
    expect(await ours.dumpStorage(TWO)).toEqual(all)
    const keys = Object.keys(all).sort()
    const startOf = (index: number) => BigInt(keys[index] as string)
    for (const [startKey, first, limit] of [
      [0n, 0, 3],
      [startOf(5), 5, 4],
      [startOf(5) + 1n, 6, 100],
      [0n, 0, 20],
      [startOf(19) + 1n, 20, 1],
      [0n, 0, 0],
    ] as const) {
      const { storage, nextKey } = await ours.dumpStorageRange(TWO, startKey, limit)
      const shown = keys.slice(first, first + limit)
      expect(nextKey).toBe(keys[first + limit] ?? null)
      expect(Object.keys(storage)).toEqual(shown)
      for (const [hash, { key, value }] of Object.entries(storage)) {
        expect(value).toBe(all[hash])
        expect(bytesToHex(ours.getAppliedKey(hexToBytes(key as `0x${string}`)))).toBe(hash)
      }
    }
    await expect(ours.dumpStorageRange(TWO, 0n, -1)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    })
  })

  test('storage of the chain is never dumped in part', async () => {
    const { manager, remote, address } = await makeAdapterWorld(engine)
    await manager.putStorage(remote, slot(1), Uint8Array.of(9))
    const unknown = { code: 'UNKNOWN_STORAGE', address }
    await expect(manager.dumpStorage(remote)).rejects.toMatchObject(unknown)
    await expect(manager.dumpStorageRange(remote, 0n, 5)).rejects.toMatchObject(unknown)
    await manager.clearStorage(remote)
    expect(await manager.dumpStorage(remote)).toEqual({})
    await manager.putStorage(remote, slot(2), Uint8Array.of(9))
    const key = bytesToHex(manager.getAppliedKey(slot(2)))
    expect(await manager.dumpStorage(remote)).toEqual({ [key]: '0x09' })
    await manager.deleteAccount(remote)
    expect(await manager.dumpStorage(remote)).toEqual({})
    expect(await manager.dumpStorage(addressOf(freshAddress()))).toEqual({})
  })
}

function lists(engine: Engine): void {
  test('a genesis gives the root that EthereumJS gives', async () => {
    const genesis = {
      [ONE.toString()]: '0x10',
      [TWO.toString()]: ['0x20', '0x6001', [[word(1), word(5)]], '0x7'],
      [THREE.toString()]: ['0x0'],
    } as const
    const [ours, theirs] = [makeLocal(engine), new MerkleStateManager()]
    await ours.generateCanonicalGenesis(genesis)
    await theirs.generateCanonicalGenesis(genesis)
    expect(await rootOf(ours)).toBe(await rootOf(theirs))
  })

  test('an access list of a block gives the root that EthereumJS gives', async () => {
    const [ours, theirs] = [makeLocal(engine), new MerkleStateManager()]
    for (const step of steps.slice(0, 4)) {
      await step(ours)
      await step(theirs)
    }
    const nothing = { nonceChanges: [], codeChanges: [], storageChanges: [], storageReads: [] }
    const at = (index: number) => ({ blockAccessIndex: `0x${index}` as const })
    const list: BALJSONBlockAccessList = [
      { ...nothing, address: ONE.toString(), balanceChanges: [{ ...at(1), postBalance: '0x0' }] },
      {
        ...nothing,
        address: TWO.toString(),
        balanceChanges: [
          { ...at(1), postBalance: '0x5' },
          { ...at(2), postBalance: '0x6' },
        ],
        nonceChanges: [{ ...at(1), postNonce: '0x9' }],
        codeChanges: [{ ...at(1), newCode: '0x6003' }],
        storageChanges: [
          { slot: word(1), slotChanges: [{ ...at(1), postValue: '0x0' }] },
          { slot: word(2), slotChanges: [{ ...at(1), postValue: '0x11' }] },
        ],
      },
      { ...nothing, address: THREE.toString(), balanceChanges: [] },
    ]
    await theirs.consumeBAL(list)
    await ours.consumeBAL(list, await theirs.getStateRoot())
    expect(await rootOf(ours)).toBe(await rootOf(theirs))
    expect(await ours.getAccount(ONE)).toBeUndefined()
    const wrong = ours.consumeBAL([], slot(1))
    await expect(wrong).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })
}

describeEngines('beside EthereumJS', (engine) => {
  describe('roots', () => roots(engine))
  describe('going back', () => returning(engine))
  describe('dumps of storage', () => dumps(engine))
  describe('states from lists', () => lists(engine))
})
