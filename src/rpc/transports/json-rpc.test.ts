import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createCall } from '../transport.ts'
import type { HttpAnswer } from './json-rpc.ts'
import { decodeBody, encodeBody } from './json-rpc.ts'

const keep = (text: string): string => text
const sent = [10, 11, 12].map((id) => ({ id, call: createCall('eth_getCode', [`0x${id}`]) }))
const [single] = sent as [(typeof sent)[0]]
const ok = (id: unknown, result: unknown = `value of ${String(id)}`) => ({ id, result })

function decode(body: unknown, calls = sent, answer: Partial<HttpAnswer> = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const outcomes = decodeBody(
    { status: 200, body: text, retryAfterMs: undefined, ...answer },
    calls,
    keep,
  )
  return outcomes.map((outcome) =>
    'result' in outcome ? outcome.result : `${outcome.failure.origin}: ${outcome.failure.kind}`,
  )
}

describe('encodeBody', () => {
  it('sends one call as an object and more as an array', () => {
    expect(JSON.parse(encodeBody([single]))).toEqual({
      jsonrpc: '2.0',
      id: 10,
      method: 'eth_getCode',
      params: ['0x10'],
    })
    expect(JSON.parse(encodeBody(sent)).map(({ id }: { id: number }) => id)).toEqual([10, 11, 12])
  })
})

describe('decodeBody of a batch', () => {
  const values = ['value of 10', 'value of 11', 'value of 12']

  it('matches by id, whatever the order', () => {
    expect(decode([ok(12), ok(10), ok(11)])).toEqual(values)
  })

  it('fails a call whose item is missing or has a foreign id', () => {
    expect(decode([ok(12), ok(99)])).toEqual([
      'missing: retryable',
      'missing: retryable',
      values[2],
    ])
    expect(decode([ok('10'), ok(11), ok(12)])[0]).toBe('missing: retryable')
    expect(decode([])).toEqual(Array(3).fill('missing: retryable'))
    expect(decode([null, 3, 'x', [], ok(12)])[2]).toBe(values[2])
  })

  it('takes a repeated item, and fails the call if the copies differ', () => {
    expect(decode([ok(10), ok(11), ok(10), ok(12)])).toEqual(values)
    expect(decode([ok(10), ok(11), ok(10, 'other'), ok(12)])).toEqual([
      'malformed: retryable',
      values[1],
      values[2],
    ])
  })

  it('keeps null a value, and an error an error, also beside a result', () => {
    const error = { code: -32000, message: 'execution reverted' }
    expect(decode([ok(10, null), { id: 11, error }, { id: 12, result: '0x', error }])).toEqual([
      null,
      'answer: fatal',
      'answer: fatal',
    ])
    expect(decode([{ id: 10, error: null, result: 1 }, { id: 11 }, ok(12)])).toEqual([
      1,
      'malformed: retryable',
      values[2],
    ])
    expect(decode([{ id: 10, error: 'too many requests' }, ok(11), ok(12)])[0]).toBe(
      'answer: rate-limit',
    )
  })

  it('spreads an error without id over the calls it explains', () => {
    const error = { code: -32600, message: 'batch too large' }
    expect(decode({ id: null, error })).toEqual(Array(3).fill('answer: batch-too-large'))
    expect(decode([{ id: null, error }])).toEqual(Array(3).fill('answer: batch-too-large'))
    expect(decode({ id: 10, error: { code: -32600, message: 'Invalid Request' } })).toEqual(
      Array(3).fill('answer: batch-unsupported'),
    )
  })

  it('never takes a single result for the answer of a batch', () => {
    expect(decode(ok(10))).toEqual(Array(3).fill('malformed: retryable'))
  })

  it('reads the items of a batch also under an HTTP error status', () => {
    const error = { code: -1, message: '' }
    expect(decode([ok(10), { id: 11, error }, ok(12)], sent, { status: 429 })).toEqual([
      values[0],
      'answer: rate-limit',
      values[2],
    ])
  })

  it('gives each call its own value or a failure, whatever becomes of the items', () => {
    const item = fc.oneof(
      fc.integer({ min: 5, max: 15 }).map((id) => ok(id)),
      fc.integer({ min: 5, max: 15 }).map((id) => ({ id, error: { code: 1, message: 'no' } })),
      fc.anything(),
    )
    fc.assert(
      fc.property(fc.array(item, { maxLength: 12 }), (items) => {
        const body = JSON.stringify(items, (_, value) => (typeof value === 'bigint' ? 1 : value))
        const outcomes = decode(body)
        expect(outcomes).toHaveLength(3)
        for (const [index, outcome] of outcomes.entries()) {
          if (String(outcome).startsWith('value')) expect(outcome).toBe(values[index])
        }
      }),
    )
  })
})

describe('decodeBody of one call', () => {
  const one = (body: unknown, answer?: Partial<HttpAnswer>) => decode(body, [single], answer)[0]

  it('takes its own id only, or an error without one', () => {
    expect(one(ok(10))).toBe('value of 10')
    expect(one(ok(11))).toBe('missing: retryable')
    expect(one({ result: '0x' })).toBe('missing: retryable')
    const error = { code: -32700, message: 'Parse error' }
    expect(one({ id: null, error })).toBe('answer: fatal')
    expect(one({ id: 11, error })).toBe('missing: retryable')
    expect(one([ok(10)])).toBe('malformed: retryable')
  })

  it.each(['', '{"id":10,"result":"0x', '<html></html>', '3', 'null'])('refuses %j', (body) => {
    expect(one(body)).toBe('malformed: retryable')
  })

  it('never takes a result under an HTTP error status', () => {
    expect(one(ok(10), { status: 500 })).toBe('answer: retryable')
    expect(one('<html>nginx</html>', { status: 404 })).toBe('answer: fatal')
    expect(one({ id: 10, error: { code: -32601, message: '' } }, { status: 500 })).toBe(
      'answer: unsupported-method',
    )
  })

  it('keeps what a reverted call returned, and no other data of an error', () => {
    const dataOf = (data: unknown): unknown => {
      const body = JSON.stringify({ id: 10, error: { code: 3, message: 'reverted', data } })
      const [outcome] = decodeBody({ status: 200, body, retryAfterMs: undefined }, [single], keep)
      return (outcome as { failure: { data?: unknown } }).failure.data
    }
    expect(dataOf('0xAAbb')).toBe('0xaabb')
    expect(dataOf('0x')).toBe('0x')
    expect(dataOf({ message: 'hardhat', data: '0x01' })).toBe('0x01')
    for (const other of ['0x1', 'https://node.example/key', 5, null, { data: 5 }, ['0x01']]) {
      expect(dataOf(other)).toBeUndefined()
    }
  })

  it('sees how the refused call named its block', () => {
    const call = createCall('eth_getCode', ['0x00', { blockHash: '0x11' }])
    const error = { code: -32602, message: 'invalid argument 1' }
    expect(decode({ id: 10, error }, [{ id: 10, call }])).toEqual(['answer: unsupported-block-ref'])
  })
})
