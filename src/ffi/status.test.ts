import { describe, expect, it } from 'vitest'
import { ForkStateError } from '../diagnostics/errors.ts'
import type { Status } from './abi.gen.ts'
import { STATUS_NAMES } from './abi.gen.ts'
import { statusError } from './status.ts'

/** The code of each condition; those that callers handle themselves are defects when thrown. */
const CODES: Record<string, string> = {
  STATE_MANAGER_ERROR_INVALID_INPUT: 'INVALID_INPUT',
  STATE_MANAGER_ERROR_OUT_OF_MEMORY: 'OUT_OF_MEMORY',
  STATE_MANAGER_ERROR_INVALID_SNAPSHOT: 'INVALID_SNAPSHOT',
  STATE_MANAGER_ERROR_INVALID_HEX: 'INVALID_HEX',
  STATE_MANAGER_ERROR_RPC_PENDING: 'RPC_PENDING',
  STATE_MANAGER_ERROR_INVALID_HANDLE: 'INVALID_HANDLE',
  STATE_MANAGER_ERROR_NO_CHECKPOINT: 'NO_CHECKPOINT',
  STATE_MANAGER_ERROR_LIMIT_EXCEEDED: 'LIMIT_EXCEEDED',
  STATE_MANAGER_ERROR_QUEUE_FULL: 'LIMIT_EXCEEDED',
  STATE_MANAGER_ERROR_NO_STATE_ROOT: 'RPC_PENDING',
}

describe('statusError', () => {
  it.each(Object.entries(STATUS_NAMES))('has a class for status %s, %s', (status, name) => {
    const error = statusError(Number(status) as Status, 'doing it', { address: '0xaa' })
    expect(error).toBeInstanceOf(ForkStateError)
    expect(error.code).toBe(CODES[name] ?? 'INTERNAL')
    expect(error.message).toMatch(/^doing it failed: .+\n {2}address: 0xaa/)
  })
})
