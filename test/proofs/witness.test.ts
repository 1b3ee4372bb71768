/** Execution witnesses: collected from a run, and used to repeat it, over both builds. */

import type { Hex } from 'viem'
import { keccak256 } from 'viem'
import { afterEach, expect, test } from 'vitest'

import { type CollectedWitness, StateManager, type StateManagerOptions } from '../../src/index.ts'
import { describeEngines } from '../support/engines.ts'
import { FakeChain } from '../support/fake-chain.ts'
import { FakeRpcClient } from '../support/fake-upstream.ts'
import { REMOTE } from '../support/fork-world.ts'
import { freshAddress, word } from '../support/sample-keys.ts'
import { GONE, holder, siblingWorld } from './sibling-chain.ts'

const addresses = Array.from({ length: 30 }, freshAddress)
const [first, second, third] = addresses as [Hex, Hex, Hex]
const absent = freshAddress()

describeEngines('witnesses', (ffi) => {
  const open: StateManager[] = []
  afterEach(() => {
    for (const state of open.splice(0)) state.destroy()
  })
  const make = (options: StateManagerOptions): StateManager => {
    const state = new StateManager({ ffi, ...options })
    open.push(state)
    return state
  }

  function world() {
    const chain = new FakeChain()
    const block = chain.mine(
      Object.fromEntries(
        addresses.map((address, at) => [address, { ...REMOTE, nonce: BigInt(at) }]),
      ),
    )
    const client = new FakeRpcClient(chain)
    return { chain, block, client, fork: make({ rpcClient: client, forkBlockTag: 1 }) }
  }

  /** Reads and writes some values, and returns the root and what was read. */
  async function run(state: StateManager): Promise<readonly unknown[]> {
    const read = [
      await state.getBalance(first),
      await state.getStorage(first, 1n),
      await state.getStorage(first, 99n),
      await state.getCode(first),
      await state.getAccount(absent),
      await state.getNonce(second),
    ]
    state.setStorage(first, 1n, 0n)
    state.setBalance(second, 77n)
    state.deleteAccount(third)
    return [...read, await state.getStateRoot()]
  }

  test('the witness of a run is enough to repeat it without a chain', async () => {
    const { fork, block } = world()
    const before = await run(fork)
    const witness = await fork.collectWitness()
    expect(witness.codes).toEqual([REMOTE.code])
    expect(witness.nodes.length).toBeGreaterThan(3)
    expect(witness.headers.map((header) => keccak256(header))).toEqual([block.hash])
    const again = make({ witness, trustedBlockHash: block.hash })
    expect(again.peekBalance(first)).toBe(REMOTE.balance)
    expect(await run(again)).toEqual(before)
    expect(again.metrics()).toMatchObject({ httpRequests: 0, verifying: 1 })
    expect(await again.diff()).toEqual(await fork.diff())
    const once = make({ witness: await again.collectWitness() })
    expect(await run(once)).toEqual(before)
  })

  test('a witness works as JSON and as bytes alike', async () => {
    const { fork } = world()
    const before = await run(fork)
    const witness = await fork.collectWitness()
    const bytes = (list: readonly Hex[]) => list.map((hex) => Buffer.from(hex.slice(2), 'hex'))
    const { nodes, codes, headers } = witness
    const inBytes = { nodes: bytes(nodes), codes: bytes(codes), headers: bytes(headers) }
    for (const same of [JSON.parse(JSON.stringify(witness)) as CollectedWitness, inBytes]) {
      expect(await run(make({ witness: same }))).toEqual(before)
    }
  })

  test('a read outside of it is an error that says what is missing', async () => {
    const { fork } = world()
    await fork.getBalance(first)
    await fork.getStorage(first, 1n)
    const state = make({ witness: await fork.collectWitness() })
    expect(await state.getStorage(first, 1n)).toBe(word(7))
    const outside = { code: 'OUTSIDE_WITNESS' }
    await expect(state.getBalance(second)).rejects.toMatchObject({ ...outside, address: second })
    await expect(state.getStorage(first, 2n)).rejects.toMatchObject({ ...outside, slot: word(2) })
    await expect(state.getCode(first)).rejects.toMatchObject({ ...outside, address: first })
    await expect(state.pinned()).rejects.toThrow()
    expect(state.peekBalance(second)).toBeUndefined()
    state.setBalance(second, 1n)
    await expect(state.getStateRoot()).rejects.toMatchObject({ ...outside, address: second })
    state.deleteAccount(first)
    await expect(state.getStateRoot()).rejects.toThrow()
  })

  test('it holds the siblings that deletions need', async () => {
    const { fork, after } = await siblingWorld({ ffi })
    open.push(fork)
    fork.setStorage(holder, GONE, 0n)
    expect(await fork.getStateRoot()).toBe(after.stateRoot)
    const again = make({ witness: await fork.collectWitness() })
    again.setStorage(holder, GONE, 0n)
    expect(await again.getStateRoot()).toBe(after.stateRoot)
    const short = await (async () => {
      const other = await siblingWorld({ ffi })
      open.push(other.fork)
      return other.fork.collectWitness()
    })()
    const without = make({ witness: short })
    without.setStorage(holder, GONE, 0n)
    await expect(without.getStateRoot()).rejects.toMatchObject({ code: 'MISSING_TRIE_NODE' })
  })

  test('a witness loaded into a fork answers instead of the chain', async () => {
    const { fork, chain } = world()
    const before = await run(fork)
    const witness = await fork.collectWitness()
    const client = new FakeRpcClient(chain)
    const other = make({ rpcClient: client, forkBlockTag: 1 })
    await other.loadWitness(witness)
    expect(await run(other)).toEqual(before)
    expect(client.stateCalls).toEqual([])
    await other.getBalance(addresses[9] as Hex)
    expect(client.stateCalls).toHaveLength(1)
  })

  test('a witness of another block, a malformed one, or one without a root is refused', async () => {
    const { fork, chain, block } = world()
    await run(fork)
    const witness = await fork.collectWitness()
    const next = chain.mine({ [first]: { nonce: 70n } })
    const other = make({ rpcClient: new FakeRpcClient(chain), forkBlockTag: next.number })
    const invalid = { code: 'INVALID_INPUT' }
    await expect(other.loadWitness(witness)).rejects.toMatchObject(invalid)
    await expect(make({}).loadWitness(witness)).rejects.toMatchObject(invalid)
    await expect(make({}).collectWitness()).rejects.toMatchObject(invalid)
    const bad = (change: object) => () => make({ witness: { ...witness, ...change } })
    expect(bad({ headers: [] })).toThrow(expect.objectContaining(invalid))
    expect(bad({ headers: ['0xc0'] })).toThrow(expect.objectContaining(invalid))
    expect(bad({ nodes: ['0x1234'] })).toThrow(expect.objectContaining(invalid))
    expect(bad({ nodes: 'none' })).toThrow(expect.objectContaining(invalid))
    expect(bad({ codes: ['0x1'] })).toThrow(expect.objectContaining({ code: 'INVALID_HEX' }))
    for (const trust of [{ trustedBlockHash: next.hash }, { trustedStateRoot: next.stateRoot }]) {
      expect(() => make({ witness, ...trust })).toThrow(
        expect.objectContaining({ code: 'HEADER_INVALID' }),
      )
    }
    const rooted = make({ witness: { ...witness, headers: [] }, trustedStateRoot: block.stateRoot })
    expect(await rooted.getBalance(first)).toBe(REMOTE.balance)
    for (const extra of [{ rpcClient: new FakeRpcClient(chain) }, { forkBlockTag: 1 }]) {
      expect(() => make({ witness, ...extra })).toThrow(expect.objectContaining(invalid))
    }
  })

  test('trie nodes of another state in it do no harm', async () => {
    const { fork, chain } = world()
    const before = await run(fork)
    const witness = await fork.collectWitness()
    chain.mine({ [first]: { nonce: 70n } })
    const other = make({ rpcClient: new FakeRpcClient(chain), forkBlockTag: 2 })
    await run(other)
    const { nodes } = await other.collectWitness()
    const state = make({ witness: { ...witness, nodes: [...nodes, ...witness.nodes] } })
    expect(await run(state)).toEqual(before)
  })

  test('no witness is made if part of what was read has left the cache', async () => {
    const { chain } = world()
    const client = new FakeRpcClient(chain)
    const fork = make({ rpcClient: client, forkBlockTag: 1, maxCacheSize: 2 })
    for (const address of addresses) await fork.getCode(address)
    await expect(fork.collectWitness()).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
      hint: expect.stringContaining('maxCacheSize'),
    })
  })

  test('no witness is made if the cache was cleared after a read, until another block is pinned', async () => {
    const { chain, fork } = world()
    await fork.getCode(first)
    fork.clearForkCache()
    await fork.getCode(second)
    await expect(fork.collectWitness()).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' })
    const next = chain.mine({ [second]: { balance: 9n } })
    await fork.repin(next.number)
    expect(await fork.getBalance(second)).toBe(9n)
    const offline = make({ witness: await fork.collectWitness() })
    expect(await offline.getBalance(second)).toBe(9n)
  })

  test('a branch of a manager over a witness, and its caches, work as usual', async () => {
    const { fork, block } = world()
    const before = await run(fork)
    const state = make({ witness: await fork.collectWitness() })
    const branch = state.branch()
    open.push(branch)
    expect(await run(branch)).toEqual(before)
    expect(await state.getStateRoot()).toBe(block.stateRoot)
    state.clearForkCache()
    expect(await run(state)).toEqual(before)
  })
})
