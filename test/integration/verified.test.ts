/** Verification and roots against a real anvil. */

import { type Hex, numberToHex } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { StateManager } from '../../src/index.ts'
import { jsonRpcEndpoint } from '../support/json-rpc.ts'
import { type RpcNode, startAnvil, startGanache, startHardhat } from '../support/nodes.ts'
import { freshAddress, word } from '../support/sample-keys.ts'
import { transact } from '../support/transact.ts'

/** Before Cancun, so that a block without transactions changes no state. */
const HARDFORK = 'paris'

/** Writes to an account, as local writes and as calls to anvil. */
interface Write {
  readonly address: Hex
  readonly balance?: bigint
  readonly nonce?: bigint
  readonly code?: Hex
  readonly storage?: Readonly<Record<Hex, bigint>>
}

describe('a fork of anvil', () => {
  let node: RpcNode
  const open: StateManager[] = []

  beforeAll(async () => {
    node = await startAnvil({ args: ['--hardfork', HARDFORK] })
  })
  afterAll(async () => {
    for (const fork of open) fork.destroy()
    await node?.stop()
  })

  const rpc = <Result>(method: string, ...params: unknown[]): Promise<Result> =>
    jsonRpcEndpoint(node.url).rpc<Result>(method, params)

  const writeToNode = async (writes: readonly Write[]): Promise<void> => {
    for (const { address, balance, nonce, code, storage = {} } of writes) {
      if (balance !== undefined) await rpc('anvil_setBalance', address, numberToHex(balance))
      if (nonce !== undefined) await rpc('anvil_setNonce', address, numberToHex(nonce))
      if (code !== undefined) await rpc('anvil_setCode', address, code)
      for (const [slot, value] of Object.entries(storage)) {
        await rpc('anvil_setStorageAt', address, slot, numberToHex(value, { size: 32 }))
      }
    }
    await rpc('anvil_mine')
  }

  const headRoot = async (): Promise<Hex> =>
    (await rpc<{ stateRoot: Hex }>('eth_getBlockByNumber', 'latest', false)).stateRoot

  const forkHead = (): StateManager => {
    const fork = new StateManager({ rpcClient: node.url, verify: true })
    open.push(fork)
    return fork
  }

  const contract: Write = {
    address: freshAddress(),
    balance: 5n,
    nonce: 1n,
    code: '0x6001',
    storage: Object.fromEntries(
      Array.from({ length: 30 }, (_, at) => [word(at), BigInt(at + 1) ** 9n]),
    ),
  }

  test('statement 27: reads balances, code and storage that are proven to its block', async () => {
    const empty = freshAddress()
    await writeToNode([contract])
    const fork = forkHead()
    const { address } = contract
    const slots = Array.from({ length: 32 }, (_, at) => BigInt(at))
    const [balance, nonce, code, absent, ...values] = await Promise.all([
      fork.getBalance(address),
      fork.getNonce(address),
      fork.getCode(address),
      fork.getAccount(empty),
      ...slots.map((slot) => fork.getStorage(address, slot)),
    ])
    expect([balance, nonce, code, absent]).toEqual([5n, 1n, '0x6001', undefined])
    expect(values.map(BigInt)).toEqual(slots.map((slot) => (slot < 30n ? (slot + 1n) ** 9n : 0n)))
    expect(await fork.pinned()).toMatchObject({
      provenTo: 'block hash',
      stateRoot: await headRoot(),
    })
    expect(fork.metrics()).toMatchObject({ verifying: 1, proofsRejected: 0, demotions: 0 })
    expect(fork.metrics().proofsChecked).toBeGreaterThan(0)
    expect(await fork.getStateRoot()).toBe(await headRoot())
  })

  test('statement 29: its headers have their hashes; those without a state root are recognised', async () => {
    const first = new StateManager({ rpcClient: node.url, forkBlockTag: 0 })
    open.push(first)
    expect(await first.pinned()).toMatchObject({ provenTo: 'nothing' })
    const [account] = await rpc<Hex[]>('eth_accounts')
    expect(await first.getBalance(account as Hex)).toBeGreaterThan(0n)
    await rpc('anvil_mine', '0x3')
    for (const forkBlockTag of [1, 2, 3]) {
      const fork = new StateManager({ rpcClient: node.url, forkBlockTag, verify: true })
      open.push(fork)
      expect(await fork.pinned()).toMatchObject({ provenTo: 'block hash' })
    }
  })

  test('statement 32: local writes give the root that anvil writes into its next header', async () => {
    await writeToNode([contract])
    const fork = forkHead()
    const { address } = contract
    const fresh = freshAddress()
    const writes: readonly Write[] = [
      { address, balance: 10n ** 18n, storage: { [word(1)]: 77n, [word(1_000)]: 1n } },
      { address: fresh, nonce: 3n, code: '0x6002', storage: { [word(5)]: 2n ** 255n } },
      { address: freshAddress(), balance: 1n },
    ]
    for (const { address: at, balance, nonce, code, storage = {} } of writes) {
      if (balance !== undefined) fork.setBalance(at, balance)
      if (nonce !== undefined) fork.setNonce(at, nonce)
      if (code !== undefined) fork.setCode(at, code)
      for (const [slot, value] of Object.entries(storage)) fork.setStorage(at, slot as Hex, value)
    }
    const root = await fork.getStateRoot()
    const proof = await fork.getProof(address, [1n, 1_000n, 2_000n])
    await writeToNode(writes)
    expect(root).toBe(await headRoot())
    const theirs = await rpc<Record<string, unknown>>(
      'eth_getProof',
      address,
      proof.storageProof.map(({ key }) => key),
      'latest',
    )
    expect(proof.accountProof).toEqual(theirs['accountProof'])
    expect(proof.storageHash).toBe(theirs['storageHash'])
    expect(proof.storageProof.map(({ proof: nodes }) => nodes)).toEqual(
      (theirs['storageProof'] as { proof: Hex[] }[]).map(({ proof: nodes }) => nodes),
    )
  })

  test('statement 32: transfers give the root that anvil writes into its next header', async () => {
    await rpc('anvil_mine')
    const fork = forkHead()
    const [from] = await rpc<Hex[]>('eth_accounts')
    const to = freshAddress()
    const sender = await fork.getAccount(from as Hex)
    const before = await rpc<{ miner: Hex }>('eth_getBlockByNumber', 'latest', false)
    const miner = await fork.getAccount(before.miner)
    const value = 12_345n
    const transaction = { from, to, value: numberToHex(value), gas: '0x5208' } as const
    const receipt = await transact(node, transaction)
    const block = await rpc<{ baseFeePerGas: Hex; stateRoot: Hex }>(
      'eth_getBlockByNumber',
      receipt.blockNumber,
      false,
    )
    const gas = BigInt(receipt.gasUsed)
    const price = BigInt(receipt.effectiveGasPrice)
    fork.setBalance(from as Hex, (sender?.balance ?? 0n) - value - gas * price)
    fork.setNonce(from as Hex, (sender?.nonce ?? 0n) + 1n)
    fork.setBalance(to, value)
    fork.setBalance(
      before.miner,
      (miner?.balance ?? 0n) + gas * (price - BigInt(block.baseFeePerGas)),
    )
    expect(await fork.getStateRoot()).toBe(block.stateRoot)
  })

  test('answers of a node whose state was changed by hand since its last block are refused', async () => {
    await writeToNode([contract])
    const fork = forkHead()
    await fork.pinned()
    await rpc('anvil_setBalance', contract.address, '0x99')
    await expect(fork.getBalance(contract.address)).rejects.toMatchObject({
      code: 'PROOF_INVALID',
      hint: expect.stringContaining('next block'),
    })
  })

  test('verified reads of a cold fork take no more HTTP requests than unverified ones', async () => {
    await writeToNode([contract])
    const counts: number[] = []
    for (const verify of [false, true]) {
      const fork = new StateManager({ rpcClient: node.url, verify })
      open.push(fork)
      const { address } = contract
      await Promise.all([fork.getBalance(address), fork.getStorage(address, 1n)])
      await Promise.all([fork.getCode(address), fork.getStorage(address, 2n)])
      await fork.getAccount(freshAddress())
      counts.push(fork.metrics().httpRequests)
    }
    const [plain, verified] = counts as [number, number]
    expect(verified).toBeLessThanOrEqual(plain)
  })
})

describe.each([
  ['anvil', () => startAnvil()],
  ['hardhat', startHardhat],
  ['ganache', startGanache],
] as const)('a fork of %s', (_, start) => {
  let node: RpcNode
  beforeAll(async () => {
    node = await start()
  }, 60_000)
  afterAll(() => node?.stop())

  test('statement 29: headers have their hashes, and answers are proven to them', async () => {
    const { rpc } = jsonRpcEndpoint(node.url)
    const [from, to] = await rpc<Hex[]>('eth_accounts')
    for (let count = 1; count <= 3; count++) {
      await transact(node, { from, to, value: '0x1', gas: '0x5208' })
      using fork = new StateManager({ rpcClient: node.url, verify: true })
      const [balance, nonce] = await Promise.all([
        fork.getBalance(to as Hex),
        fork.getNonce(from as Hex),
      ])
      expect(balance).toBe(BigInt(await rpc<Hex>('eth_getBalance', [to, 'latest'])))
      expect(nonce).toBe(BigInt(count))
      expect(await fork.pinned()).toMatchObject({ provenTo: 'block hash' })
      expect(fork.metrics()).toMatchObject({ proofsChecked: 2, proofsRejected: 0 })
      expect(await fork.getStateRoot()).toBe((await fork.pinned()).stateRoot)
    }
  })
})
