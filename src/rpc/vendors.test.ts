import { describe, expect, it } from 'vitest'
import {
  classifyBatchError,
  classifyError,
  retryAfterOfErrorData,
  VENDOR_MESSAGES,
} from './vendors.ts'

const byHash = ['0x00', { blockHash: '0x11' }]

describe('vendor table', () => {
  it.each(VENDOR_MESSAGES)('$vendor: $example', ({ pattern, example, kind }) => {
    expect(pattern.test(example)).toBe(true)
    expect(classifyError({ message: example })).toBe(kind)
  })

  // Recorded from anvil 1.7.1, ganache 7.9.2 and hardhat 2.29.1.
  it.each([
    ['anvil, unknown hash', -32001, 'Resource not found', 'unknown-block'],
    [
      'anvil, future block',
      -32602,
      'BlockOutOfRangeError: block height is 1 but requested was 16777215',
      'unknown-block',
    ],
    ['anvil, method', -32601, 'Method not found', 'unsupported-method'],
    [
      'ganache, EIP-1898',
      -32700,
      'Cannot wrap a "object" as a json-rpc type',
      'unsupported-block-ref',
    ],
    ['ganache, future block', -32700, 'header not found', 'unknown-block'],
    [
      'ganache, method',
      -32700,
      'The method eth_nope does not exist/is not available',
      'unsupported-method',
    ],
    [
      'hardhat, unknown hash',
      -32000,
      'Received invalid block tag 0x1111. Latest block number is 1',
      'unknown-block',
    ],
    ['hardhat, method', -32004, 'Method eth_nope is not supported', 'unsupported-method'],
    ['hardhat, bad address', -32602, 'invalid value "0x12" supplied to : ADDRESS', 'fatal'],
  ] as const)('%s', (_node, rpcCode, message, kind) => {
    const params = ['0x00', '0x1']
    expect(classifyError({ message, rpcCode, httpStatus: undefined, params })).toBe(kind)
  })

  it.each([
    [{ message: '', rpcCode: -32005 }, 'rate-limit'],
    [{ message: '', rpcCode: 429 }, 'rate-limit'],
    [{ message: '', httpStatus: 429 }, 'rate-limit'],
    [{ message: '', httpStatus: 413 }, 'batch-too-large'],
    [{ message: '', httpStatus: 503 }, 'retryable'],
    [{ message: '', httpStatus: 501 }, 'fatal'],
    [{ message: '', httpStatus: 401 }, 'fatal'],
    [{ message: '', httpStatus: 500, rpcCode: -32601 }, 'unsupported-method'],
    [{ message: 'execution reverted', rpcCode: 3 }, 'fatal'],
    [{ message: 'execution reverted', rpcCode: -32000 }, 'fatal'],
    [{ message: 'some words', rpcCode: -32602 }, 'fatal'],
    [{ message: 'some words', rpcCode: -32602, params: ['0x00', '0x1'] }, 'fatal'],
    [{ message: 'some words', rpcCode: -32602, params: byHash }, 'unsupported-block-ref'],
    [{ message: 'some words', rpcCode: -32000, params: byHash }, 'fatal'],
    [{ message: 'header not found', rpcCode: -32602, params: byHash }, 'unknown-block'],
    [{ message: 'Monthly capacity limit exceeded', httpStatus: 429 }, 'fatal'],
  ] as const)('%o is %s', (error, kind) => {
    expect(classifyError(error)).toBe(kind)
  })

  it.each([
    [{ message: 'Invalid request', rpcCode: -32600 }, 'batch-unsupported'],
    [{ message: 'method not found', rpcCode: -32601 }, 'batch-unsupported'],
    [{ message: '', httpStatus: 400 }, 'batch-unsupported'],
    [{ message: '', httpStatus: 403 }, 'fatal'],
    [{ message: 'batch too large', rpcCode: -32600 }, 'batch-too-large'],
    [{ message: 'rate limited', rpcCode: -32600 }, 'rate-limit'],
  ] as const)('for a whole batch %o is %s', (error, kind) => {
    expect(classifyBatchError(error)).toBe(kind)
  })

  it('reads the wait infura asks for', () => {
    expect(retryAfterOfErrorData({ rate: { backoff_seconds: 30 } })).toBe(30_000)
    expect(retryAfterOfErrorData({ rate: { backoff_seconds: 0 } })).toBeUndefined()
    expect(retryAfterOfErrorData({ rate: null })).toBeUndefined()
    expect(retryAfterOfErrorData('soon')).toBeUndefined()
    expect(retryAfterOfErrorData(undefined)).toBeUndefined()
  })
})
