import { afterEach, describe, expect, it } from 'vitest'
import { describeEngines } from '../../../test/support/engines.ts'
import { FakeChain } from '../../../test/support/fake-chain.ts'
import { FakeRpcClient } from '../../../test/support/fake-upstream.ts'
import { freshAddress, word } from '../../../test/support/sample-keys.ts'
import type { Hex } from '../../encoding/hex.ts'
import { STATE_MANAGER_MAX_CODE_BYTES } from '../../ffi/abi.gen.ts'
import type { Engine } from '../../ffi/engine.ts'
import { StateManager } from '../state-manager.ts'
import type { StateDump } from './dump-format.ts'

const A = '0x00000000000000000000000000000000000000aa'
const B = '0x00000000000000000000000000000000000000bb'
const C = '0x00000000000000000000000000000000000000cc'
const LIVE = { balance: 5n, nonce: 2n, code: '0x6001', storage: { [word(1)]: 7n, [word(2)]: 8n } }

const open: StateManager[] = []
afterEach(() => {
  for (const state of open.splice(0)) state.destroy()
})

function inMemory(ffi?: Engine): StateManager {
  const state = new StateManager(ffi && { ffi })
  open.push(state)
  return state
}

function overChain(ffi?: Engine): { fork: StateManager; client: FakeRpcClient } {
  const chain = new FakeChain()
  chain.mine({ [A]: LIVE, [B]: LIVE, [C]: LIVE } as never)
  const client = new FakeRpcClient(chain)
  const fork = new StateManager({ rpcClient: client, ...(ffi && { ffi }) })
  open.push(fork)
  return { fork, client }
}

/** As a file would hold it. */
function stored(dump: StateDump): StateDump {
  return JSON.parse(JSON.stringify(dump))
}

describeEngines('a dump', (ffi) => {
  it('has what was written, sorted, and nothing else', () => {
    const state = inMemory(ffi)
    expect(state.dump()).toEqual({ version: 1, accounts: {} })
    state.setStorage(B, 2n, 0n)
    state.setStorage(B, 1n, 3n)
    state.setBalance(A, 255n)
    state.setCode(A, '0x6001')
    state.deleteAccount(C)
    const dump = state.dump()
    expect(dump).toEqual({
      version: 1,
      accounts: {
        [A]: { presence: 'exists', balance: '0xff', code: '0x6001' },
        [B]: { presence: 'exists', storage: { [word(1)]: word(3), [word(2)]: word(0) } },
        [C]: { presence: 'deleted' },
      },
    })
    expect(Object.keys(dump.accounts)).toEqual([A, B, C])
    expect(Object.keys(dump.accounts[B]?.storage ?? {})).toEqual([word(1), word(2)])
  })

  it('statement 7: deletions and zeros survive dump and load, with no request', async () => {
    const { fork } = overChain(ffi)
    fork.deleteAccount(A)
    fork.setStorage(B, 1n, 0n)
    fork.clearStorage(C)
    const { fork: other, client } = overChain(ffi)
    other.load(stored(fork.dump()))
    expect(await other.getAccount(A)).toBeUndefined()
    expect(await other.getCode(A)).toBe('0x')
    for (const [address, slot] of [
      [A, 1n],
      [A, 9n],
      [B, 1n],
      [C, 2n],
    ] as const) {
      expect(await other.getStorage(address, slot)).toBe(word(0))
    }
    expect(client.calls).toEqual([])
    other.setBalance(A, 1n)
    expect(await other.getStorage(A, 2n)).toBe(word(0))
    expect(client.calls).toEqual([])
    expect(await other.getStorage(B, 2n)).toBe(word(8))
    expect(await other.getAccount(C)).toMatchObject({ balance: 5n })
  })

  it('leaves unknown what was not written', async () => {
    const { fork } = overChain(ffi)
    fork.setBalance(A, 1n)
    fork.setStorage(B, 1n, 1n)
    const { fork: other } = overChain(ffi)
    other.load(stored(fork.dump()))
    expect(other.peekNonce(A)).toBeUndefined()
    expect(other.peekBalance(B)).toBeUndefined()
    expect(other.peekStorage(B, 2n)).toBeUndefined()
    expect(await other.getNonce(A)).toBe(2n)
  })

  it('is the same again after it was loaded, whole and in pieces', () => {
    const { fork } = overChain(ffi)
    writeAll(fork)
    const dump = fork.dump()
    const whole = overChain(ffi).fork
    whole.load(stored(dump))
    expect(whole.dump()).toEqual(dump)
    const pieces = overChain(ffi).fork
    for (const piece of fork.dumpStream()) pieces.load(stored(piece))
    expect(pieces.dump()).toEqual(dump)
    const addresses = Object.keys(dump.accounts) as Hex[]
    for (const address of addresses) {
      expect(whole.peekAccount(address)).toEqual(fork.peekAccount(address))
      expect(pieces.peekAccount(address)).toEqual(fork.peekAccount(address))
    }
  })

  it('sees through branches, and comes in pieces as it was at the first', () => {
    const state = inMemory(ffi)
    for (let slot = 0n; slot < 2_000n; slot++) state.setStorage(A, slot, slot)
    const branch = state.branch()
    open.push(branch)
    branch.setStorage(A, 5n, 0n)
    branch.setBalance(B, 1n)
    const pieces = branch.dumpStream()
    const first = pieces.next().value as StateDump
    branch.clearStorage(A)
    branch.setBalance(C, 1n)
    const rest = [...pieces]
    expect(rest.length).toBeGreaterThan(2)
    const other = inMemory(ffi)
    for (const piece of [first, ...rest]) other.load(piece)
    expect(other.peekStorage(A, 5n)).toBe(word(0))
    expect(other.peekStorage(A, 1_999n)).toBe(word(1_999))
    expect(other.peekAccount(C)).toBeNull()
    expect(Object.keys(other.dump().accounts[A]?.storage ?? {})).toHaveLength(2_000)
    expect(branch.dump().accounts[A]).toEqual({ presence: 'exists', storageCleared: true })
  })
})

/** Every kind of account a manager can hold. */
function writeAll(state: StateManager): void {
  const addresses = Array.from({ length: 12 }, () => freshAddress())
  const [gone, reborn, cleared, made, empty, coded, slot, zero, wiped] = addresses as [
    Hex,
    ...Hex[],
  ]
  const at = (address: Hex | undefined) => address as Hex
  state.setBalance(gone, 1n)
  state.deleteAccount(gone)
  state.deleteAccount(at(reborn))
  state.setBalance(at(reborn), 1n)
  state.setStorage(at(reborn), 1n, 4n)
  state.clearStorage(at(cleared))
  state.setStorage(at(made), 1n, 1n)
  state.clearStorage(at(made))
  state.setBalance(at(empty), 0n)
  state.setCode(at(coded), '0xef0100000000000000000000000000000000000000000000')
  state.setStorage(at(slot), 2n ** 256n - 1n, 2n ** 256n - 1n)
  state.setStorage(at(zero), 1n, 0n)
  state.setStorage(at(wiped), 1n, 1n)
  state.setNonce(at(wiped), 3n)
  state.clearStorage(at(wiped))
  state.setStorage(at(wiped), 2n, 2n)
}

describe('loading', () => {
  it('is on top of what is there, and is undone like any write', () => {
    const state = inMemory()
    state.setBalance(A, 1n)
    state.setNonce(A, 1n)
    const id = state.snapshot()
    state.checkpoint()
    state.load({ version: 1, accounts: { [A]: { balance: '0x09' }, [B]: { code: '0x00' } } })
    expect(state.peekAccount(A)).toMatchObject({ balance: 9n, nonce: 1n })
    expect(state.checkpointDepth).toBe(1)
    state.revert()
    expect(state.peekAccount(A)).toMatchObject({ balance: 1n })
    expect(state.peekAccount(B)).toBeNull()
    state.load({ version: 1, accounts: { [A]: { presence: 'deleted' } } })
    expect(state.peekAccount(A)).toBeNull()
    state.revertToSnapshot(id)
    expect(state.peekAccount(A)).toMatchObject({ balance: 1n })
  })

  it('takes either case of digits', () => {
    const state = inMemory()
    const upper = (hex: string) => hex.toUpperCase().replace('X', 'x') as Hex
    const storage = { [upper(word(0xab))]: upper(word(0xcd)) }
    state.load({ version: 1, accounts: { [upper(A)]: { storage } } })
    expect(state.peekStorage(A, 0xabn)).toBe(word(0xcd))
  })

  const long = `0x${'00'.repeat(STATE_MANAGER_MAX_CODE_BYTES + 1)}`
  const wrong: readonly (readonly [string, unknown, string])[] = [
    ['nothing', undefined, 'INVALID_INPUT'],
    ['an array', [], 'INVALID_INPUT'],
    ['another version', { version: 2, accounts: {} }, 'INVALID_INPUT'],
    ['no version', { accounts: {} }, 'INVALID_INPUT'],
    ['no accounts', { version: 1 }, 'INVALID_INPUT'],
    ['another field', { version: 1, accounts: {}, block: 1 }, 'INVALID_INPUT'],
    ['an address too short', accounts({}, '0xaa'), 'INVALID_HEX'],
    ['no account', accounts(null), 'INVALID_INPUT'],
    ['a field of an account that is not known', accounts({ balanse: '0x1' }), 'INVALID_INPUT'],
    ['a balance as a number', accounts({ balance: 1 }), 'INVALID_HEX'],
    ['a balance without digits', accounts({ balance: '0x' }), 'INVALID_HEX'],
    ['a balance too large', accounts({ balance: `0x1${'0'.repeat(64)}` }), 'INVALID_HEX'],
    ['a nonce too large', accounts({ nonce: `0x1${'0'.repeat(16)}` }), 'INVALID_INPUT'],
    ['code with half a byte', accounts({ code: '0x123' }), 'INVALID_HEX'],
    ['code that is no text', accounts({ code: [1] }), 'INVALID_HEX'],
    ['code too long', accounts({ code: long }), 'LIMIT_EXCEEDED'],
    ['a short slot', accounts({ storage: { '0x01': word(1) } }), 'INVALID_HEX'],
    ['a short value', accounts({ storage: { [word(1)]: '0x01' } }), 'INVALID_HEX'],
    ['storage that is no object', accounts({ storage: [] }), 'INVALID_INPUT'],
    ['a presence that is not known', accounts({ presence: 'absent' }), 'INVALID_INPUT'],
    ['a presence without anything', accounts({ presence: 'exists' }), 'INVALID_INPUT'],
    [
      'a deleted account with balance',
      accounts({ presence: 'deleted', balance: '0x0' }),
      'INVALID_INPUT',
    ],
    ['a flag that is none', accounts({ storageCleared: 1 }), 'INVALID_INPUT'],
    [
      'an account twice',
      accounts({ balance: '0x1' }, A, A.toUpperCase().replace('X', 'x')),
      'INVALID_INPUT',
    ],
    [
      'a slot twice',
      accounts({ storage: { [word(10)]: word(1), [word(10).replace('a', 'A')]: word(2) } }),
      'INVALID_INPUT',
    ],
  ]

  it.each(wrong)('refuses %s, and changes nothing', (_, dump, code) => {
    const state = inMemory()
    state.setBalance(B, 7n)
    const before = state.dump()
    expect(() => state.load(dump as StateDump)).toThrow(expect.objectContaining({ code }))
    expect(state.dump()).toEqual(before)
    expect(state.checkpointDepth).toBe(0)
  })

  it('names the account and the slot of what is wrong', () => {
    const dump = accounts({ storage: { [word(3)]: '0x' } }) as StateDump
    expect(() => inMemory().load(dump)).toThrow(
      expect.objectContaining({ address: A, slot: word(3) }),
    )
  })

  it('ends with the manager', () => {
    const state = inMemory()
    state.destroy()
    const gone = expect.objectContaining({ code: 'DESTROYED' })
    expect(() => state.dump()).toThrow(gone)
    expect(() => state.dumpStream().next()).toThrow(gone)
    expect(() => state.load({ version: 1, accounts: {} })).toThrow(gone)
  })
})

/** A dump with one good account, and others. */
function accounts(account: unknown, ...addresses: readonly string[]): unknown {
  const names = addresses.length === 0 ? [A] : addresses
  const entries = names.map((address) => [address, account] as const)
  return { version: 1, accounts: { [C]: { balance: '0x1' }, ...Object.fromEntries(entries) } }
}
