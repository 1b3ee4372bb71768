import { RLP } from '@ethereumjs/rlp'
import { type Hex, hexToBytes, keccak256, numberToHex } from 'viem'
import { afterEach, describe, expect, it } from 'vitest'
import { PlainTrie } from '../../test/support/plain-trie.ts'
import { seededBelow } from '../../test/support/random.ts'
import { freshAddress, word } from '../../test/support/sample-keys.ts'
import { MAX_PROOF_SLOTS } from './proofs.ts'
import { StateManager } from './state-manager.ts'

const EMPTY_ROOT = keccak256('0x80')
const NO_CODE_HASH = keccak256('0x')

const open: StateManager[] = []
afterEach(() => {
  for (const state of open.splice(0)) state.destroy()
})

function inMemory(): StateManager {
  const state = new StateManager()
  open.push(state)
  return state
}

interface ModelAccount {
  balance: bigint
  nonce: bigint
  code: Hex
  readonly storage: Map<Hex, bigint>
}

const integer = (value: bigint): Uint8Array =>
  value === 0n ? new Uint8Array(0) : hexToBytes(numberToHex(value))

function storageTrie({ storage }: ModelAccount): PlainTrie {
  const entries = [...storage].filter(([, value]) => value !== 0n)
  return new PlainTrie(entries.map(([slot, value]) => [slot, RLP.encode(integer(value))]))
}

function stateTrie(world: ReadonlyMap<Hex, ModelAccount>): PlainTrie {
  return new PlainTrie(
    Array.from(world, ([address, account]) => {
      const hashes = [storageTrie(account).root, keccak256(account.code)]
      const { nonce, balance } = account
      const fields = [integer(nonce), integer(balance), ...hashes.map((hash) => hexToBytes(hash))]
      return [address, RLP.encode(fields)]
    }),
  )
}

describe('a manager in memory', () => {
  it('has the root of nothing, and proofs of absence', async () => {
    const state = inMemory()
    const address = freshAddress()
    expect(await state.getStateRoot()).toBe(EMPTY_ROOT)
    expect(await state.getStorageRoot(address)).toBe(EMPTY_ROOT)
    expect(await state.getProof(address, [5n])).toEqual({
      address,
      balance: 0n,
      nonce: 0n,
      codeHash: NO_CODE_HASH,
      storageHash: EMPTY_ROOT,
      accountProof: [],
      storageProof: [{ key: word(5), value: 0n, proof: [] }],
    })
  })

  it('counts an empty account until it is deleted', async () => {
    const state = inMemory()
    const address = freshAddress()
    state.setBalance(address, 0n)
    expect(await state.getStateRoot()).not.toBe(EMPTY_ROOT)
    state.deleteAccount(address)
    expect(await state.getStateRoot()).toBe(EMPTY_ROOT)
  })

  it('has the roots and proofs of a trie that is built anew, after any writes and undos', async () => {
    const state = inMemory()
    const below = seededBelow(30)
    const addresses = Array.from({ length: 12 }, freshAddress)
    const pick = (): Hex => addresses[below(addresses.length)] as Hex
    const slot = (): Hex => word(below(20))
    let world = new Map<Hex, ModelAccount>()
    const copy = (): Map<Hex, ModelAccount> =>
      new Map([...world].map(([key, one]) => [key, { ...one, storage: new Map(one.storage) }]))
    const saved: Map<Hex, ModelAccount>[] = []
    const touch = (address: Hex): ModelAccount => {
      const made = { balance: 0n, nonce: 0n, code: '0x', storage: new Map() } as const
      const account = world.get(address) ?? { ...made, storage: new Map<Hex, bigint>() }
      world.set(address, account)
      return account
    }
    const steps: readonly (() => void)[] = [
      () => {
        const [address, value] = [pick(), BigInt(below(1_000))]
        touch(address).balance = value
        state.setBalance(address, value)
      },
      () => {
        const [address, key, value] = [pick(), slot(), BigInt(below(3) * below(1_000))]
        touch(address).storage.set(key, value)
        state.setStorage(address, key, value)
      },
      () => {
        const address = pick()
        touch(address).code = '0x6001'
        state.setCode(address, '0x6001')
      },
      () => {
        const address = pick()
        world.delete(address)
        state.deleteAccount(address)
      },
      () => {
        const address = pick()
        world.get(address)?.storage.clear()
        state.clearStorage(address)
      },
      () => {
        saved.push(copy())
        state.checkpoint()
      },
      () => {
        if (saved.length === 0) return
        world = saved.pop() as Map<Hex, ModelAccount>
        state.revert()
      },
      () => {
        if (saved.length === 0) return
        saved.pop()
        state.commit()
      },
    ]
    for (let step = 0; step < 1_500; step++) {
      ;(steps[below(steps.length)] as () => void)()
      if (step % 5 !== 0) continue
      const trie = stateTrie(world)
      expect(await state.getStateRoot()).toBe(trie.root)
      const [address, key] = [pick(), slot()]
      const account = world.get(address)
      const proof = await state.getProof(address, [key])
      expect(proof.accountProof).toEqual(trie.prove(address))
      expect(proof.balance).toBe(account?.balance ?? 0n)
      expect(proof.storageProof[0]?.proof).toEqual(account ? storageTrie(account).prove(key) : [])
      expect(proof.storageProof[0]?.value).toBe(account?.storage.get(key) ?? 0n)
    }
  })

  it('gives a branch roots of its own', async () => {
    const state = inMemory()
    const address = freshAddress()
    state.setStorage(address, 1n, 1n)
    const root = await state.getStateRoot()
    using branch = state.branch()
    branch.setStorage(address, 1n, 2n)
    expect(await branch.getStateRoot()).not.toBe(root)
    expect(await state.getStateRoot()).toBe(root)
    branch.setStorage(address, 1n, 1n)
    expect(await branch.getStateRoot()).toBe(root)
  })

  it('refuses what is malformed, too much, or after its end', async () => {
    const state = inMemory()
    await expect(state.getProof('0x12', [])).rejects.toMatchObject({ code: 'INVALID_HEX' })
    await expect(state.getStorageRoot('0x12')).rejects.toMatchObject({ code: 'INVALID_HEX' })
    const many = Array.from({ length: MAX_PROOF_SLOTS + 1 }, () => 0n)
    const invalid = { code: 'INVALID_INPUT' }
    await expect(state.getProof(freshAddress(), many)).rejects.toMatchObject(invalid)
    await expect(state.getProof(freshAddress(), [-1n])).rejects.toMatchObject(invalid)
    state.destroy()
    const destroyed = { code: 'DESTROYED' }
    await expect(state.getStateRoot()).rejects.toMatchObject(destroyed)
    await expect(state.getProof(freshAddress())).rejects.toMatchObject(destroyed)
    await expect(state.getStorageRoot(freshAddress())).rejects.toMatchObject(destroyed)
  })
})
