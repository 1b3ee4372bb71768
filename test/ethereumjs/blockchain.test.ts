/** BLOCKHASH over a fork: from linked headers, from the history contract, from blocks put. */

import { hexToBytes } from '@ethereumjs/util'
import type { Hex } from 'viem'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'

import { ForkBlockchain, type HashedBlock } from '../../src/ethereumjs.ts'
import { StateManager } from '../../src/index.ts'
import { FakeChain } from '../support/fake-chain.ts'
import { FakeRpcClient } from '../support/fake-upstream.ts'
import { endForkWorlds } from '../support/fork-world.ts'
import { type RpcNode, startAnvil } from '../support/nodes.ts'
import { word } from '../support/sample-keys.ts'

const HISTORY: Hex = '0x0000f90827f1c53a10cb7a02335b175320002935'
const HEAD = 300

interface HeaderJson {
  readonly hash: Hex
}

afterEach(endForkWorlds)

describe.each(['cancun', 'prague'])('on %s', (hardfork) => {
  let anvil: RpcNode

  beforeAll(async () => {
    anvil = await startAnvil({ args: ['--hardfork', hardfork] })
    await anvil.rpc('anvil_mine', [`0x${HEAD.toString(16)}`])
  })
  afterAll(async () => {
    await anvil?.stop()
  })

  async function hashOf(number: number): Promise<Uint8Array> {
    const name = `0x${number.toString(16)}`
    const { hash } = await anvil.rpc<HeaderJson>('eth_getBlockByNumber', [name, false])
    return hexToBytes(hash)
  }

  test('every block that BLOCKHASH can ask for has the hash it has on the chain', async () => {
    using state = new StateManager({ rpcClient: anvil.url, forkBlockTag: HEAD })
    const blockchain = new ForkBlockchain({ state })
    for (const number of [HEAD, HEAD - 1, HEAD - 2, HEAD - 100, HEAD - 255, HEAD - 10]) {
      const block = await blockchain.getBlock(number)
      expect(block.hash(), String(number)).toEqual(await hashOf(number))
    }
  })

  test('headers are asked for once, together, and only where the contract has no hash', async () => {
    using state = new StateManager({ rpcClient: anvil.url, forkBlockTag: HEAD })
    const blockchain = new ForkBlockchain({ state })
    await state.pinned()
    const asked = state.metrics().httpRequests
    await Promise.all([blockchain.getBlock(HEAD - 3), blockchain.getBlock(HEAD - 200)])
    expect(state.metrics().httpRequests - asked).toBeLessThanOrEqual(hardfork === 'prague' ? 1 : 4)
    const calls = state.metrics().rpcCalls
    await blockchain.getBlock(HEAD - 3)
    await blockchain.shallowCopy().getBlock(HEAD - 200)
    expect(state.metrics().rpcCalls - calls).toBe(0)
  })

  test('what local writes say of earlier blocks does not matter', async () => {
    using state = new StateManager({ rpcClient: anvil.url, forkBlockTag: HEAD })
    state.setStorage(HISTORY, BigInt(HEAD - 5), 1n)
    const blockchain = new ForkBlockchain({ state })
    expect((await blockchain.getBlock(HEAD - 5)).hash()).toEqual(await hashOf(HEAD - 5))
  })

  test('blocks after the pinned one are those put, or an error', async () => {
    using state = new StateManager({ rpcClient: anvil.url, forkBlockTag: HEAD })
    const blockchain = new ForkBlockchain({ state })
    const unknown = { code: 'UNKNOWN_BLOCK', block: String(HEAD + 1) }
    await expect(blockchain.getBlock(HEAD + 1)).rejects.toMatchObject(unknown)
    const [hash, copy] = [hexToBytes(word(77)), blockchain.shallowCopy()]
    await blockchain.putBlock(blockOf(HEAD + 1, hash))
    hash.fill(0)
    const found = (await blockchain.getBlock(HEAD + 1)).hash()
    expect(found).toEqual(hexToBytes(word(77)))
    found.fill(0)
    expect((await blockchain.getBlock(HEAD + 1)).hash()).toEqual(hexToBytes(word(77)))
    await expect(copy.getBlock(HEAD + 1)).rejects.toMatchObject(unknown)
  })

  test('a witness of a run has what it takes to answer again, without a chain', async () => {
    using state = new StateManager({ rpcClient: anvil.url, forkBlockTag: HEAD })
    const { hash: trustedBlockHash } = await state.pinned()
    const blockchain = new ForkBlockchain({ state })
    for (const number of [HEAD - 1, HEAD - 4]) await blockchain.getBlock(number)
    const witness = await state.collectWitness()
    expect(witness.headers).toHaveLength(hardfork === 'prague' ? 1 : 4)

    using alone = new StateManager({ witness, trustedBlockHash })
    using loaded = new StateManager({ rpcClient: anvil.url, forkBlockTag: HEAD })
    await loaded.loadWitness(witness)
    const calls = loaded.metrics().rpcCalls
    for (const again of [alone, loaded].map((one) => new ForkBlockchain({ state: one }))) {
      for (const number of [HEAD, HEAD - 1, HEAD - 4]) {
        expect((await again.getBlock(number)).hash()).toEqual(await hashOf(number))
      }
    }
    expect(loaded.metrics().rpcCalls).toBe(calls)
    await expect(new ForkBlockchain({ state: alone }).getBlock(HEAD - 6)).rejects.toMatchObject({
      code: 'OUTSIDE_WITNESS',
    })
  })

  test('blocks that are too far back are an error', async () => {
    using state = new StateManager({ rpcClient: anvil.url, forkBlockTag: HEAD })
    const number = BigInt(HEAD - 257)
    const reading = new ForkBlockchain({ state }).getBlock(number)
    await expect(reading).rejects.toMatchObject({ code: 'UNKNOWN_BLOCK', block: String(number) })
  })
})

describe('over a chain whose history contract is full', () => {
  const code =
    '0x3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff81430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500'

  test('what it holds of 8,191 blocks ago is no hash of a block to come', async () => {
    const chain = new FakeChain()
    chain.mine({ [HISTORY]: { nonce: 1n, code, storage: { [word(2)]: BigInt(word(66)) } } })
    using state = new StateManager({ rpcClient: new FakeRpcClient(chain), forkBlockTag: 1 })
    const blockchain = new ForkBlockchain({ state })
    const unknown = { code: 'UNKNOWN_BLOCK', block: '2' }
    await expect(blockchain.getBlock(2)).rejects.toMatchObject(unknown)
    expect(await state.getStorage(HISTORY, 2n)).toBe(word(66))
    await expect(blockchain.getBlock(2)).rejects.toMatchObject(unknown)
    state.checkpoint()
    state.setStorage(HISTORY, 2n, BigInt(word(88)))
    expect((await blockchain.getBlock(2)).hash()).toEqual(hexToBytes(word(88)))
    state.clearForkCache()
    expect((await blockchain.getBlock(2)).hash()).toEqual(hexToBytes(word(88)))
    state.revert()
    await expect(blockchain.getBlock(2)).rejects.toMatchObject(unknown)
  })
})

describe('without a chain', () => {
  test('hashes are those given, and bad ones are refused', async () => {
    using state = new StateManager()
    const blockchain = new ForkBlockchain({ state, hashes: { 7: word(7) } })
    expect((await blockchain.getBlock(7)).hash()).toEqual(hexToBytes(word(7)))
    await expect(blockchain.getBlock(8)).rejects.toMatchObject({ code: 'UNKNOWN_BLOCK' })
    const invalid = { code: 'INVALID_INPUT' }
    const short = blockOf(9, new Uint8Array(31))
    await expect(blockchain.putBlock(short)).rejects.toMatchObject(invalid)
    const nameless = { hash: () => new Uint8Array(32) }
    await expect(blockchain.putBlock(nameless)).rejects.toMatchObject(invalid)
    expect(() => new ForkBlockchain({ state, hashes: { 7: '0x07' } })).toThrow(/32 bytes/)
  })
})

function blockOf(number: number, hash: Uint8Array): HashedBlock {
  const block = { header: { number: BigInt(number) }, hash: () => hash }
  return block
}
