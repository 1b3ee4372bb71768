/**
 * Random writes; then a fork that loads their dump, whole or in pieces, must read as the original,
 * and the diff must be the difference between all reads of it and of a fork without writes.
 */

import { expect, test } from 'vitest'

import type { AccountDiff, Engine, Hex } from '../../src/index.ts'
import { StateManager } from '../../src/index.ts'
import { describeEngines } from '../support/engines.ts'
import { FakeChain } from '../support/fake-chain.ts'
import { FakeRpcClient } from '../support/fake-upstream.ts'
import { type PickBelow, seededBelow } from '../support/random.ts'
import { freshAddress, word } from '../support/sample-keys.ts'

const SEEDS = 60
const WRITES = 60
const SLOTS = [word(0), word(1), word(2)]
const ADDRESSES = Array.from({ length: 5 }, () => freshAddress()).sort()
const CODES = ['0x', '0x6001', '0x6002'] as const

const chain = new FakeChain()
chain.mine({
  [ADDRESSES[0] as Hex]: { balance: 5n, nonce: 1n, code: '0x6001', storage: { [word(1)]: 7n } },
  [ADDRESSES[1] as Hex]: { balance: 1n },
  [ADDRESSES[2] as Hex]: { nonce: 1n, code: '0x6002', storage: { [word(0)]: 1n, [word(2)]: 2n } },
})

/** Makes random writes; returns the last of the managers it made. */
async function writeAtRandom(random: PickBelow, managers: StateManager[]): Promise<StateManager> {
  const pick = <Item>(items: readonly Item[]) => items[random(items.length)] as Item
  let state = managers[0] as StateManager
  for (let count = 0; count < WRITES; count++) {
    const address = pick(ADDRESSES)
    switch (random(12)) {
      case 0:
        state.setBalance(address, BigInt(random(3)))
        break
      case 1:
        state.setNonce(address, BigInt(random(3)))
        break
      case 2:
        state.setCode(address, pick(CODES))
        break
      case 3:
        state.deleteAccount(address)
        break
      case 4:
        state.clearStorage(address)
        break
      case 5:
        state.checkpoint()
        break
      case 6:
        if (state.checkpointDepth > 0) random(2) === 0 ? state.commit() : state.revert()
        break
      case 7:
        state = state.branch()
        managers.push(state)
        break
      case 8:
        await state.getStorage(address, pick(SLOTS))
        break
      default:
        state.setStorage(address, pick(SLOTS), BigInt(random(3)))
    }
  }
  return state
}

interface Seen {
  readonly presence: 'absent' | 'exists'
  readonly balance: bigint
  readonly nonce: bigint
  readonly code: Hex
  readonly storage: readonly Hex[]
}

async function observe(state: StateManager, address: Hex): Promise<Seen> {
  const account = await state.getAccount(address)
  const storage = await Promise.all(SLOTS.map((slot) => state.getStorage(address, slot)))
  return {
    presence: account === undefined ? 'absent' : 'exists',
    balance: await state.getBalance(address),
    nonce: await state.getNonce(address),
    code: await state.getCode(address),
    storage,
  }
}

const observeAll = (state: StateManager): Promise<readonly Seen[]> =>
  Promise.all(ADDRESSES.map((address) => observe(state, address)))

/** The diff between two sets of reads, without what only the manager knows. */
function expectedDiff(before: readonly Seen[], after: readonly Seen[]): readonly object[] {
  return ADDRESSES.flatMap((address, at) => {
    const [old, now] = [before[at] as Seen, after[at] as Seen]
    const fields = (['presence', 'balance', 'nonce', 'code'] as const).flatMap((name) =>
      old[name] === now[name] ? [] : [[name, { before: old[name], after: now[name] }]],
    )
    const storage = SLOTS.flatMap((slot, index) => {
      const change = { slot, before: old.storage[index], after: now.storage[index] }
      return change.before === change.after ? [] : [change]
    })
    if (fields.length === 0 && storage.length === 0) return []
    return [{ address, ...Object.fromEntries(fields), storage }]
  })
}

/** A diff that lists the slots that a clear removed, as `expectedDiff` does. */
function withCleared(diffs: readonly AccountDiff[], before: readonly Seen[]): readonly object[] {
  return diffs.flatMap(({ storageCleared, storage, ...rest }) => {
    const old = before[ADDRESSES.indexOf(rest.address)] as Seen
    const taken = SLOTS.flatMap((slot, index) => {
      const value = old.storage[index] as Hex
      const isListed = storage.some((diff) => diff.slot === slot)
      return isListed || value === word(0) ? [] : [{ slot, before: value, after: word(0) }]
    })
    const listed = storage.filter((slot) => slot.before !== slot.after)
    const all = storageCleared ? [...listed, ...taken] : [...storage]
    all.sort((left, right) => (left.slot < right.slot ? -1 : 1))
    return Object.keys(rest).length === 1 && all.length === 0 ? [] : [{ ...rest, storage: all }]
  })
}

async function check(engine: Engine, seed: number): Promise<void> {
  const managers: StateManager[] = []
  const make = (): StateManager => {
    const fork = new StateManager({ ffi: engine, rpcClient: new FakeRpcClient(chain) })
    managers.push(fork)
    return fork
  }
  make()
  const state = await writeAtRandom(seededBelow(seed), managers)
  const dump = state.dump()
  const [untouched, whole, pieces] = [make(), make(), make()]
  whole.load(JSON.parse(JSON.stringify(dump)))
  for (const piece of state.dumpStream()) pieces.load(piece)
  const before = await observeAll(untouched)
  const diff = withCleared(await state.diff(), before)
  const after = await observeAll(state)
  const hint = `seed ${seed}`
  expect(await observeAll(whole), hint).toEqual(after)
  expect(await observeAll(pieces), hint).toEqual(after)
  expect(whole.dump(), hint).toEqual(dump)
  expect(pieces.dump(), hint).toEqual(dump)
  expect(diff, hint).toEqual(expectedDiff(before, after))
  for (const manager of managers) manager.destroy()
}

describeEngines('random writes', (engine) => {
  test('survive dump and load, and are in the diff', async () => {
    for (let seed = 1; seed <= SEEDS; seed++) await check(engine, seed)
  })
})
