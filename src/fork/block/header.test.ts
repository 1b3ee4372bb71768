import { readFileSync } from 'node:fs'
import { createBlockHeader } from '@ethereumjs/block'
import { createCustomCommon, Hardfork, Mainnet } from '@ethereumjs/common'
import { RLP } from '@ethereumjs/rlp'
import { type Hex, hexToBytes, keccak256, toHex } from 'viem'
import { describe, expect, it } from 'vitest'
import {
  describeFixtures,
  fixtureNames,
  fixturePath,
  readFixture,
} from '../../../test/support/fixtures.ts'
import { decodeBlock } from '../../rpc/methods/validate.ts'
import type { BlockHeader, HeaderFields } from '../../rpc/rpc-client.ts'
import { checkHeader, decodeHeader, encodeHeader, HeaderError } from './header.ts'

const ASKED = { method: 'eth_getBlockByHash', endpoint: 'test', place: {} }

/** A node's answer as the client passes it on. */
function headerOf(answer: object): BlockHeader {
  const { hash } = answer as { hash: Hex }
  return decodeBlock(answer, { ...ASKED, block: hash }) as BlockHeader
}

/** Names in the order of the RLP, and which of them are integers. */
const NAMES = [
  ...['parentHash', 'sha3Uncles', 'miner', 'stateRoot', 'transactionsRoot', 'receiptsRoot'],
  ...['logsBloom', '#difficulty', '#number', '#gasLimit', '#gasUsed', '#timestamp', 'extraData'],
  ...['mixHash', 'nonce', '#baseFeePerGas', 'withdrawalsRoot', '#blobGasUsed', '#excessBlobGas'],
  ...['parentBeaconBlockRoot', 'requestsHash', 'blockAccessListHash', '#slotNumber'],
]

/** What a node would answer for a header with these items. */
function answerOf(items: readonly Uint8Array[]): Record<string, Hex> {
  const fields = items.map((item, at) => {
    const name = NAMES[at] as string
    const quantity = `0x${Buffer.from(item).toString('hex').replace(/^0/, '') || '0'}`
    return name.startsWith('#') ? [name.slice(1), quantity] : [name, toHex(item)]
  })
  return { ...Object.fromEntries(fields), hash: keccak256(RLP.encode([...items])) }
}

/** A header with every field known, made by another implementation. */
function newestHeader(): { readonly rlp: Uint8Array; readonly answer: Record<string, Hex> } {
  const common = createCustomCommon({}, Mainnet, { hardfork: Hardfork.Prague, eips: [7928, 7843] })
  const made = createBlockHeader(
    {
      number: 7n,
      timestamp: 1_000n,
      gasLimit: 30_000_000n,
      extraData: '0x00ff',
      stateRoot: `0x${'5a'.repeat(32)}`,
      baseFeePerGas: 7n,
      withdrawalsRoot: `0x${'01'.repeat(32)}`,
      blobGasUsed: 0n,
      excessBlobGas: 131_072n,
      parentBeaconBlockRoot: `0x${'02'.repeat(32)}`,
      requestsHash: `0x${'03'.repeat(32)}`,
      blockAccessListHash: `0x${'04'.repeat(32)}`,
      slotNumber: 9n,
    },
    { common },
  )
  return { rlp: made.serialize(), answer: answerOf(made.raw() as Uint8Array[]) }
}

function failure(run: () => unknown): HeaderError {
  try {
    run()
  } catch (error) {
    if (error instanceof HeaderError) return error
    throw error
  }
  throw new Error('no error')
}

describe('a header', () => {
  it('with every field up to EIP-7843 is encoded as by another implementation', () => {
    const { rlp, answer } = newestHeader()
    expect(answer['slotNumber']).toBe('0x9')
    expect(toHex(encodeHeader(answer))).toBe(toHex(rlp))
    checkHeader(headerOf(answer), keccak256)
  })

  it('is decoded from its RLP', () => {
    const { rlp, answer } = newestHeader()
    const { hash, ...fields } = answer
    const { stateRoot, parentHash } = answer
    expect(decodeHeader(rlp, keccak256)).toEqual({
      number: 7n,
      hash,
      stateRoot,
      parentHash,
      timestamp: 1_000n,
      fields,
    })
    const refused = (bytes: Uint8Array) => expect(() => decodeHeader(bytes, keccak256))
    refused(rlp.slice(0, -1)).toThrow('not the RLP')
    refused(RLP.encode(['0x01', '0x02'])).toThrow('not that of a known block header')
    const longer = [...(RLP.decode(rlp) as Uint8Array[]), new Uint8Array(32)]
    refused(RLP.encode(longer)).toThrow('not that of a known block header')
    const short = RLP.encode((RLP.decode(rlp) as Uint8Array[]).with(3, new Uint8Array(31)))
    refused(short).toThrow('not that of a known block header')
  })

  const changes: readonly (readonly [string, Hex])[] = [
    ['stateRoot', `0x${'11'.repeat(32)}`],
    ['parentHash', `0x${'11'.repeat(32)}`],
    ['number', '0x8'],
    ['gasUsed', '0x1'],
    ['extraData', '0x'],
    ['slotNumber', '0xa'],
  ]
  it.each(changes)('statement 29: with another %s does not match its hash', (name, value) => {
    const { answer } = newestHeader()
    const forged = headerOf({ ...answer, [name]: value })
    expect(failure(() => checkHeader(forged, keccak256))).toMatchObject({
      code: 'HEADER_INVALID',
      block: answer['hash'],
      unknownFields: [],
    })
  })

  it('statement 29: without one of its last fields does not match its hash', () => {
    const { slotNumber: _, ...answer } = newestHeader().answer
    expect(failure(() => checkHeader(headerOf(answer), keccak256)).shortMessage).toMatch(
      /does not hash/,
    )
  })

  it('with unknown fields is refused, and the error names them', () => {
    const { rlp, answer } = newestHeader()
    const items = [...(RLP.decode(rlp) as Uint8Array[]), new Uint8Array(32)]
    const next = { ...answer, hash: keccak256(RLP.encode(items)), size: '0x200', newRoot: '0x00' }
    const error = failure(() => checkHeader(headerOf(next), keccak256))
    expect(error.unknownFields).toEqual(['newRoot'])
    expect(error.message).toContain('newRoot')
    expect(error.hint).toContain('trustedStateRoot')
  })

  it('with fields that are not part of a header is accepted', () => {
    const { answer } = newestHeader()
    checkHeader(headerOf({ ...answer, l1BlockNumber: '0x5', uncles: [] }), keccak256)
  })

  it('with a gap, a missing field or a malformed field is refused', () => {
    const { answer } = newestHeader()
    const without = (name: string): HeaderFields => {
      const { [name]: _, ...rest } = answer
      return rest
    }
    expect(failure(() => encodeHeader(without('withdrawalsRoot'))).shortMessage).toBe(
      'the header lacks withdrawalsRoot',
    )
    expect(failure(() => encodeHeader(without('mixHash'))).shortMessage).toBe(
      'the header lacks mixHash',
    )
    for (const [name, value] of [
      ['nonce', '0x00'],
      ['logsBloom', '0x'],
      ['gasLimit', '0x'],
      ['gasLimit', '12'],
      ['gasLimit', `0x${'1'.repeat(65)}`],
      ['extraData', '0x0'],
      ['miner', `0x${'gg'.repeat(20)}`],
    ] as const) {
      expect(failure(() => encodeHeader({ ...answer, [name]: value })).shortMessage).toBe(
        `${name} of the header is malformed`,
      )
    }
  })

  it('that contradicts its fields, or has none, is refused', () => {
    const header = headerOf(newestHeader().answer)
    const other: Hex = `0x${'99'.repeat(32)}`
    for (const forged of [
      { ...header, stateRoot: other },
      { ...header, parentHash: other },
      { ...header, number: 8n },
    ]) {
      expect(failure(() => checkHeader(forged, keccak256)).message).toContain('contradicts')
    }
    const { fields: _, ...bare } = header
    expect(failure(() => checkHeader(bare, keccak256)).hint).toContain('trustedStateRoot')
  })
})

describeFixtures('headers of a chain from Homestead to BPO2', () => {
  const chain = (): Uint8Array[] => {
    const bytes = new Uint8Array(readFileSync(fixturePath('rpc-conformance/chain/chain.rlp')))
    const headers: Uint8Array[] = []
    let rest = bytes
    while (rest.length > 0) {
      const { data, remainder } = RLP.decode(rest, true)
      headers.push(RLP.encode((data as unknown as [Uint8Array[]])[0]))
      rest = new Uint8Array(remainder)
    }
    return headers
  }

  it('are encoded as they are on the chain, all 54', () => {
    const headers = chain()
    expect(headers).toHaveLength(54)
    const counts = new Set<number>()
    let parent: Hex | undefined
    for (const rlp of headers) {
      const items = RLP.decode(rlp) as Uint8Array[]
      const header = headerOf(answerOf(items))
      counts.add(items.length)
      checkHeader(header, keccak256)
      expect(toHex(encodeHeader(header.fields as HeaderFields))).toBe(toHex(rlp))
      expect(decodeHeader(rlp, keccak256)).toMatchObject({
        number: header.number,
        hash: header.hash,
      })
      if (parent !== undefined) expect(header.parentHash).toBe(parent)
      parent = header.hash
    }
    expect([...counts]).toEqual([15, 16, 17, 20, 21])
  })

  interface Recorded {
    readonly exchanges: readonly { readonly method: string; readonly result: unknown }[]
  }

  it.each(fixtureNames('rpc-blocks'))(
    'of the recorded mainnet block %s have their hashes',
    (name) => {
      const { exchanges } = readFixture<Recorded>(`rpc-blocks/${name}`)
      const blocks = exchanges.filter(({ method }) => method.startsWith('eth_getBlockBy'))
      expect(blocks.length).toBeGreaterThan(1)
      for (const { result } of blocks) checkHeader(headerOf(result as object), keccak256)
    },
  )

  it('in the recorded answers of a node have their hashes', () => {
    interface Conformance {
      readonly exchanges: readonly {
        readonly request: { readonly method: string }
        readonly response: { readonly result?: unknown }
      }[]
    }
    const cases = readFixture<readonly Conformance[]>('rpc-conformance/execution-apis.json')
    const blocks = cases.flatMap(({ exchanges }) =>
      exchanges.flatMap(({ request, response }) =>
        request.method.startsWith('eth_getBlockBy') && response.result ? [response.result] : [],
      ),
    )
    expect(blocks).toHaveLength(5)
    for (const block of blocks) checkHeader(headerOf(block as object), keccak256)
  })

  it.each(fixtureNames('blocks'))('of the witness block %s are encoded as in its RLP', (name) => {
    const { blockRlp, hash } = readFixture<{ blockRlp: Hex; hash: Hex }>(`blocks/${name}`)
    const [items] = RLP.decode(hexToBytes(blockRlp)) as unknown as [Uint8Array[]]
    const header = headerOf(answerOf(items))
    expect(header.hash).toBe(hash)
    checkHeader(header, keccak256)
  })
})
