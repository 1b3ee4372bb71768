/**
 * The RPC clients on real nodes: sockets, reads without proofs, access lists, failover and
 * recordings, each compared with the node's answers to a plain JSON-RPC client.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Hex, keccak256 } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { FailoverRpcClient } from '../../src/rpc/failover/failover-client.ts'
import { record } from '../../src/rpc/record/record.ts'
import { replay } from '../../src/rpc/record/replay.ts'
import type { BlockRef, RpcClient } from '../../src/rpc/rpc-client.ts'
import { RpcClientAdapter } from '../../src/rpc/rpc-client-adapter.ts'
import { type RpcNode, startAnvil, startGanache } from '../support/nodes.ts'
import { type RpcProxy, startProxy } from '../support/proxy.ts'
import { transact } from '../support/transact.ts'

/** Returns the sum of its slots 1 and 2, which are 42 and 7 after its creation. */
const INIT_CODE = '0x602a60015560076002556009601660003960096000f3600154600254015f52'
const slotOf = (index: number): Hex => `0x${index.toString(16).padStart(64, '0')}`
const NOBODY: Hex = `0x${'77'.repeat(20)}`

interface Scene {
  readonly node: RpcNode
  readonly sender: Hex
  readonly contract: Hex
  readonly code: Hex
  readonly byHash: BlockRef
  readonly byNumber: BlockRef
  readonly number: bigint
}

async function makeScene(node: RpcNode): Promise<Scene> {
  const [sender] = await node.rpc<Hex[]>('eth_accounts')
  const transaction = { from: sender, data: INIT_CODE, gas: '0x100000' } as const
  const { contractAddress, blockNumber, blockHash } = await transact(node, transaction)
  const contract = contractAddress as Hex
  const code = await node.rpc<Hex>('eth_getCode', [contract, blockNumber])
  const number = BigInt(blockNumber)
  const byNumber = { blockNumber: number }
  return { node, sender: sender as Hex, contract, code, byHash: { blockHash }, byNumber, number }
}

const folder = mkdtempSync(path.join(tmpdir(), 'forkstate-rpc-'))
const ipcPath =
  process.platform === 'win32' ? '\\\\.\\pipe\\forkstate-rpc-test' : path.join(folder, 'anvil.ipc')
let scene: Scene
let proxy: RpcProxy

beforeAll(async () => {
  scene = await makeScene(await startAnvil({ args: ['--ipc', ipcPath] }))
  proxy = await startProxy(scene.node.url)
})
afterAll(async () => {
  await proxy.stop()
  await scene.node.stop()
  rmSync(folder, { recursive: true, force: true })
})

describe.each(['http', 'ws', 'ipc'])('anvil over %s', (kind) => {
  let client: RpcClientAdapter
  beforeAll(() => {
    const { url } = scene.node
    client = new RpcClientAdapter(kind === 'ipc' ? ipcPath : url.replace('http', kind))
  })
  afterAll(() => client.close())

  test('proofs, code, blocks and the chain id', async () => {
    const { contract, byHash, code, number } = scene
    const [proof, read, header, chainId] = await Promise.all([
      client.getProof(contract, [slotOf(1), slotOf(2), slotOf(3)], byHash),
      client.getCode(contract, byHash),
      client.getBlock(number),
      client.getChainId(),
    ])
    expect(proof.storageProof.map(({ value }) => value)).toEqual([42n, 7n, 0n])
    expect(keccak256(proof.accountProof[0] as Hex)).toBe(header?.stateRoot)
    expect(read).toBe(code)
    expect(chainId).toBe(31_337n)
    expect(client.metrics()).toMatchObject({ rpcCalls: 4, errors: 0 })
    expect(client.metrics().bytesReceived).toBeGreaterThan(500)
  })

  test('state without proofs', async () => {
    const { contract, byHash, byNumber, code } = scene
    for (const block of [byHash, byNumber]) {
      const query = { address: contract, slots: [slotOf(2), slotOf(9), slotOf(1)] }
      expect(await client.getAccountState(query, block)).toEqual({
        address: contract,
        account: { balance: 0n, nonce: 1n, code },
        values: [7n, 0n, 42n],
      })
      expect(await client.getAccountState({ address: NOBODY, slots: [] }, block)).toEqual({
        address: NOBODY,
        account: { balance: 0n, nonce: 0n, code: '0x' },
        values: [],
      })
    }
    expect(client.capabilities()).toMatchObject({
      eth_getAccountInfo: 'served',
      eth_getStorageValues: 'served',
    })
  })

  test('the keys that a call touches', async () => {
    const { sender: from, contract: to, byHash } = scene
    const expected = { address: to, storageKeys: [slotOf(1), slotOf(2)] }
    const list = await client.createAccessList({ from, to }, byHash)
    expect(list).toContainEqual(expected)
    const traced = await client.traceCallPrestate({ from, to }, byHash)
    const entry = traced.find(({ address }) => address === to)
    expect([...(entry?.storageKeys ?? [])].sort()).toEqual(expected.storageKeys)
  })

  test('errors keep their meaning', async () => {
    const { contract } = scene
    const unknown = client.getCode(contract, { blockHash: slotOf(5) })
    await expect(unknown).rejects.toMatchObject({ kind: 'unknown-block' })
    await expect(client.request('eth_nope')).rejects.toMatchObject({ kind: 'unsupported-method' })
    expect(await client.getBlock(slotOf(5))).toBeNull()
  })
})

test('many accounts without proofs take few calls', async () => {
  const client = new RpcClientAdapter(proxy.url)
  const { byHash } = scene
  const addresses = Array.from(
    { length: 200 },
    (_, at): Hex =>
      slotOf(at + 1)
        .slice(0, 2)
        .concat(slotOf(at + 1).slice(26)) as Hex,
  )
  const read = (address: Hex) =>
    client.getAccountState({ address, slots: [slotOf(1), slotOf(2)] }, byHash)
  await read(NOBODY)
  proxy.reset()
  await Promise.all(addresses.map(read))
  expect(proxy.stats).toMatchObject({ httpRequests: 1, rpcCalls: 201 })
  client.close()
})

describe('ganache, which has none of the newer methods', () => {
  test('state without proofs, by the older methods', async () => {
    const ganache = await makeScene(await startGanache())
    const client = new RpcClientAdapter(ganache.node.url)
    const query = { address: ganache.contract, slots: [slotOf(1), slotOf(9), slotOf(2)] }
    expect(await client.getAccountState(query, ganache.byNumber)).toEqual({
      address: ganache.contract,
      account: { balance: 0n, nonce: 1n, code: ganache.code },
      values: [42n, 0n, 7n],
    })
    const refused = client.createAccessList({ to: ganache.contract }, ganache.byNumber)
    await expect(refused).rejects.toMatchObject({ kind: 'unsupported-method' })
    expect(client.capabilities()).toMatchObject({
      eth_getAccountInfo: 'refused',
      eth_getStorageValues: 'refused',
      eth_createAccessList: 'refused',
    })
    const byHash = client.getAccountState(query, ganache.byHash)
    await expect(byHash).rejects.toMatchObject({ kind: 'unsupported-block-ref' })
    await ganache.node.stop()
  })
})

describe('several endpoints', () => {
  const options = { backoffMs: 1, timeoutMs: 2_000 }
  const reads = async (client: RpcClient) => {
    const { contract, byHash } = scene
    return Promise.all([
      client.getProof(contract, [slotOf(1)], byHash),
      client.getCode(contract, byHash),
    ])
  }

  test('the other node is used when one goes away', async () => {
    const client = new FailoverRpcClient([proxy.url, scene.node.url], options)
    const before = await reads(client)
    proxy.setFaults({ onRequest: () => ({ drop: 'before' }) })
    expect(await reads(client)).toEqual(before)
    proxy.setFaults()
    expect(client.metrics().endpoints[0]?.condition).toBe('backoff')
    client.close()
  })

  test('a lie is outvoted, and reported', async () => {
    const lie = await startProxy(scene.node.url, {
      onCall: ({ method }) =>
        method === 'eth_getProof'
          ? { result: (real) => ({ ...(real as object), balance: '0xffffffffffff' }) }
          : undefined,
    })
    const { url } = scene.node
    const sources = [lie.url, proxy.url, url.replace('http', 'ws')]
    const client = new FailoverRpcClient(sources, { ...options, quorum: 2 })
    const [proof] = await reads(client)
    expect(proof.balance).toBe(0n)
    expect(client.metrics().endpoints.map(({ condition }) => condition)).toEqual([
      'suspect',
      'ready',
      'ready',
    ])
    client.close()
    await lie.stop()
  })

  test('a node of another chain is not used', async () => {
    const other = await startAnvil({ chainId: 5 })
    const client = new FailoverRpcClient([other.url, scene.node.url], {
      ...options,
      chainId: 31_337n,
    })
    expect((await reads(client))[1]).toBe(scene.code)
    expect(client.metrics().endpoints[0]?.condition).toBe('wrong-chain')
    client.close()
    await other.stop()
  })
})

test('a recording answers without the node', async () => {
  const file = path.join(folder, 'swap.jsonl')
  const live = new RpcClientAdapter(scene.node.url)
  const recording = record(live, file)
  const { contract, byHash, number, sender } = scene
  const read = (client: RpcClient) =>
    Promise.all([
      client.getBlock(number),
      client.getChainId(),
      client.getProof(contract, [slotOf(1), slotOf(2)], byHash),
      client.getCode(contract, byHash),
      client.createAccessList?.({ from: sender, to: contract }, byHash),
      client.getProof(contract, [], { blockHash: slotOf(5) }).catch(({ kind }) => kind),
    ])
  const before = await read(recording)
  expect(before[5]).toBe('unknown-block')
  recording.close()
  expect(await read(replay(file))).toEqual(before)
})
