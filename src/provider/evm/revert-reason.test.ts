import { encodeAbiParameters, encodeErrorResult, hexToBytes, parseAbi } from 'viem'
import { describe, expect, it } from 'vitest'
import { decodeReason } from './revert-reason.ts'

const abi = parseAbi(['error Error(string reason)', 'error Panic(uint256 code)'])

function reverted(reason: string): Uint8Array {
  return hexToBytes(encodeErrorResult({ abi, errorName: 'Error', args: [reason] }))
}

describe('decodeReason', () => {
  it.each(['', 'no', 'a reason of more than thirty-two bytes, in two words', 'ünïcödé'])(
    'reads %j',
    (reason) => {
      expect(decodeReason(reverted(reason))).toBe(reason)
    },
  )

  it('shows no more than 1,024 bytes', () => {
    expect(decodeReason(reverted('x'.repeat(5_000)))).toHaveLength(1_024)
  })

  it('takes nothing else for a reason, however it is cut', () => {
    const whole = reverted('reason')
    for (let length = 0; length < 4 + 64 + 6; length++) {
      expect(decodeReason(whole.subarray(0, length))).toBeUndefined()
    }
    const panic = encodeErrorResult({ abi, errorName: 'Panic', args: [17n] })
    expect(decodeReason(hexToBytes(panic))).toBeUndefined()
    const huge = encodeAbiParameters([{ type: 'uint256' }], [2n ** 255n])
    for (const at of [4, 36]) {
      const bent = whole.slice()
      bent.set(hexToBytes(huge), at)
      expect(decodeReason(bent)).toBeUndefined()
    }
  })
})
