import { describe, expect, test } from 'vitest'

import type { Hex } from '../../encoding/hex.ts'
import type { BlockHeader } from '../../rpc/rpc-client.ts'
import { Ancestors } from './ancestors.ts'
import { HeaderError } from './header.ts'

const HEAD = 1_000

function hashOf(number: number): Hex {
  return `0x${number.toString(16).padStart(64, '0')}`
}

/** Headers of a chain that link up, with a log of the requests for them. */
function makeSource(change: (header: BlockHeader) => BlockHeader | null = (header) => header) {
  const asked: number[] = []
  const getBlock = async (number: bigint): Promise<BlockHeader | null> => {
    asked.push(Number(number))
    return change(headerOf(Number(number)))
  }
  const verify = ({ stateRoot }: BlockHeader): void => {
    if (stateRoot !== hashOf(0)) throw new HeaderError('the header has another hash')
  }
  return { asked, ancestors: new Ancestors(headerOf(HEAD), { getBlock, verify }) }
}

function headerOf(number: number): BlockHeader {
  const [hash, parentHash] = [hashOf(number), hashOf(number - 1)]
  return { number: BigInt(number), hash, parentHash, stateRoot: hashOf(0), timestamp: 0n }
}

describe('ancestors', () => {
  test('the block and its parent need no header; others need all headers in between', async () => {
    const { asked, ancestors } = makeSource()
    expect(await ancestors.hashOf(BigInt(HEAD))).toBe(hashOf(HEAD))
    expect(await ancestors.hashOf(BigInt(HEAD - 1))).toBe(hashOf(HEAD - 1))
    expect(asked).toEqual([])
    expect(ancestors.peekHash(BigInt(HEAD - 4))).toBeUndefined()
    expect(await ancestors.hashOf(BigInt(HEAD - 4))).toBe(hashOf(HEAD - 4))
    expect(asked).toEqual([HEAD - 1, HEAD - 2, HEAD - 3])
    expect(ancestors.peekHash(BigInt(HEAD - 4))).toBe(hashOf(HEAD - 4))
  })

  test('headers from elsewhere are accepted in any order, as far as they link up', async () => {
    const { asked, ancestors } = makeSource()
    const stranger = { ...headerOf(HEAD - 4), parentHash: hashOf(7), hash: hashOf(8) }
    ancestors.add([headerOf(HEAD - 2), headerOf(HEAD), stranger, headerOf(HEAD - 1)])
    expect(await ancestors.hashOf(BigInt(HEAD - 3))).toBe(hashOf(HEAD - 3))
    expect(asked).toEqual([])
    expect(await ancestors.hashOf(BigInt(HEAD - 5))).toBe(hashOf(HEAD - 5))
    expect(asked).toEqual([HEAD - 3, HEAD - 4])
  })

  test('no header is fetched twice, even by concurrent calls', async () => {
    const { asked, ancestors } = makeSource()
    const numbers = [3, 10, 5, 10].map((depth) => BigInt(HEAD - depth))
    const hashes = await Promise.all(numbers.map((number) => ancestors.hashOf(number)))
    expect(hashes).toEqual(numbers.map((number) => hashOf(Number(number))))
    expect(asked.length).toBe(9)
    expect(new Set(asked).size).toBe(9)
  })

  test('a header that does not link up is an error, and so is any block before it', async () => {
    const wrong: readonly ((header: BlockHeader) => BlockHeader | null)[] = [
      (header) => (header.number === 998n ? { ...header, hash: hashOf(1) } : header),
      (header) => (header.number === 999n ? { ...header, parentHash: hashOf(1) } : header),
      (header) => (header.number === 998n ? { ...header, number: 5n } : header),
      (header) => (header.number === 998n ? null : header),
    ]
    for (const change of wrong) {
      const { ancestors } = makeSource(change)
      const moved = { code: 'BLOCK_MOVED', block: expect.stringContaining('0x') }
      await expect(ancestors.hashOf(990n)).rejects.toMatchObject(moved)
      await expect(ancestors.hashOf(997n)).rejects.toMatchObject(moved)
    }
  })

  test('a header that does not match its hash is an error', async () => {
    const { ancestors } = makeSource((header) => ({ ...header, stateRoot: hashOf(1) }))
    await expect(ancestors.hashOf(998n)).rejects.toMatchObject({ code: 'HEADER_INVALID' })
    expect(() => ancestors.add([{ ...headerOf(999), stateRoot: hashOf(1) }])).toThrow(HeaderError)
  })

  test('after an error the next call asks again', async () => {
    let isDown = true
    const { ancestors } = makeSource((header) => {
      if (isDown) throw new Error('down')
      return header
    })
    await expect(ancestors.hashOf(998n)).rejects.toThrow('down')
    isDown = false
    expect(await ancestors.hashOf(998n)).toBe(hashOf(998))
  })
})
