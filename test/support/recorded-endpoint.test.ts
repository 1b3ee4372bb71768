/** The endpoint answers what was recorded, however it is asked, and nothing else. */

import type { Hex } from 'viem'
import { afterEach, expect, test } from 'vitest'

import { startFakeServer } from './fake-upstream.ts'
import { describeFixtures } from './fixtures.ts'
import { jsonRpcEndpoint } from './json-rpc.ts'
import { RecordedEndpoint, readRecording } from './recorded-endpoint.ts'
import type { ProofJson } from './rpc-answers.ts'

const ends: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

describeFixtures('a node over a recording', () => {
  const recording = readRecording('1-2675000.json.gz')
  const node = new RecordedEndpoint(recording)
  const proofs = recording.exchanges.filter(({ method }) => method === 'eth_getProof')

  test('answers each recorded call with the recorded answer', () => {
    for (const { method, params, result } of recording.exchanges) {
      expect(node.answer(method, params)).toEqual(result)
    }
  })

  test('answers slots of one block in any groups, by hash, number and tag', () => {
    const parent = node.blocks.state(`0x${recording.forkBlock.toString(16)}`)
    const own = proofs.filter(({ params }) => params[2] === parent.number)
    for (const { params, result } of own) {
      const { storageProof } = result as ProofJson
      const slots = [...storageProof].reverse()
      for (const name of [
        parent.number,
        { blockHash: parent.hash },
        { blockNumber: parent.number },
      ]) {
        const whole = node.answer('eth_getProof', [params[0], slots.map(({ key }) => key), name])
        expect(whole).toEqual({ ...(result as ProofJson), storageProof: slots })
        for (const slot of slots) {
          const one = node.answer('eth_getProof', [params[0], [slot.key], name]) as ProofJson
          expect(one.storageProof).toEqual([slot])
        }
      }
    }
    expect(own.some(({ params }) => (params[1] as Hex[]).length > 1)).toBe(true)
    expect(node.blocks.state('latest').number).toBe(`0x${recording.blockNumber.toString(16)}`)
  })

  test('answers over HTTP, in batches, and refuses what was not recorded', async () => {
    const { url, stop } = await startFakeServer(node)
    ends.push(stop)
    const { rpc, batch } = jsonRpcEndpoint(url)
    const { params, result } = proofs[0]!
    const [chainId, proof] = await batch([
      { method: 'eth_chainId' },
      { method: 'eth_getProof', params },
    ])
    expect([chainId, proof]).toEqual(['0x1', result])
    const unknown = `0x${'ab'.repeat(20)}`
    const held = params[2]
    await expect(rpc('eth_getProof', [unknown, [], held])).rejects.toThrow('missing trie node')
    await expect(rpc('eth_getCode', [unknown, held])).rejects.toThrow('missing trie node')
    await expect(rpc('eth_getCode', [params[0], '0x1'])).rejects.toThrow('header not found')
    await expect(rpc('debug_dbGet', ['0x'])).rejects.toThrow('does not exist')
    const withStorage = proofs.find((entry) => (entry.params[1] as Hex[]).length > 0)!
    const [address, , block] = withStorage.params
    const slot = `0x${'cd'.repeat(32)}`
    await expect(rpc('eth_getProof', [address, [slot], block])).rejects.toThrow('missing trie node')
    expect(await rpc('eth_getBlockByNumber', ['0x1', false])).toBe(null)
  })
})
