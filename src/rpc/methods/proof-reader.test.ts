import { describe, expect, it } from 'vitest'
import type { Hex } from '../../encoding/hex.ts'
import { RpcClientAdapter } from '../rpc-client-adapter.ts'

interface Call {
  readonly id: number
  readonly method: string
  readonly params: readonly [Hex, readonly Hex[]]
}

const ADDRESS: Hex = `0x${'11'.repeat(20)}`
const HASH: Hex = `0x${'ab'.repeat(32)}`
const BLOCK = { blockNumber: 7n }
const slots = Array.from({ length: 100 }, (_, at): Hex => `0x${at.toString(16).padStart(64, '0')}`)

/** A client of a node that proves at most `maxSlots` slots at once. */
function setUp(maxSlots: number, balanceOf = (_count: number) => '0x5') {
  const asked: number[] = []
  const client = new RpcClientAdapter('http://node.example', {
    fetch: async (_url, init) => {
      const calls: Call[] = [JSON.parse(String(init.body))].flat()
      const items = calls.map(({ id, params: [address, keys] }) => {
        asked.push(keys.length)
        if (keys.length > maxSlots)
          return { id, error: { code: -32000, message: 'response too large' } }
        const storageProof = keys.map((key) => ({ key, value: key, proof: [] }))
        const hashes = { codeHash: HASH, storageHash: HASH }
        const balance = balanceOf(asked.length)
        return {
          id,
          result: { address, balance, nonce: '0x0', ...hashes, accountProof: [], storageProof },
        }
      })
      return new Response(JSON.stringify(calls.length === 1 ? items[0] : items))
    },
  })
  return { client, asked }
}

describe('eth_getProof of many slots', () => {
  it('is asked for in halves that the node can answer, and remembered', async () => {
    const { client, asked } = setUp(30)
    const proof = await client.getProof(ADDRESS, slots, BLOCK)
    expect(proof).toMatchObject({ address: ADDRESS, balance: 5n })
    expect(proof.storageProof.map(({ value }) => value)).toEqual(slots.map((slot) => BigInt(slot)))
    // The batch of two halves is tried in parts before they are.
    expect(asked).toEqual([100, 50, 50, 50, 50, 25, 25, 25, 25])
    asked.length = 0
    await client.getProof(ADDRESS, slots, BLOCK)
    expect(asked).toEqual([25, 25, 25, 25])
    expect(client.capabilities().eth_getProof).toBe('served')
  })

  it('fails when a single slot is too large', async () => {
    const { client } = setUp(0)
    const reading = client.getProof(ADDRESS, slots.slice(0, 2), BLOCK)
    await expect(reading).rejects.toMatchObject({ kind: 'batch-too-large' })
  })

  it('is not put together from parts of different states', async () => {
    const { client } = setUp(50, (count) => (count === 3 ? '0x6' : '0x5'))
    const reading = client.getProof(ADDRESS, slots, BLOCK)
    await expect(reading).rejects.toMatchObject({ code: 'RPC_RESPONSE', address: ADDRESS })
  })

  it('shows when the node refuses the method', async () => {
    const error = { code: -32601, message: 'method not found' }
    const client = new RpcClientAdapter('http://node.example', {
      fetch: async (_url, init) => {
        const { id } = JSON.parse(String(init.body))
        return new Response(JSON.stringify({ id, error }))
      },
    })
    const reading = client.getProof(ADDRESS, [], BLOCK)
    await expect(reading).rejects.toMatchObject({ kind: 'unsupported-method' })
    expect(client.capabilities().eth_getProof).toBe('refused')
  })
})
