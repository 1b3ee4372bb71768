/** The core's hash function, as EthereumJS is given it. */

import { createCustomCommon, Mainnet } from '@ethereumjs/common'
import { createLegacyTx } from '@ethereumjs/tx'
import { hexToBytes } from '@ethereumjs/util'
import { keccak256 } from 'viem'
import { expect, test } from 'vitest'

import { coreKeccak256 } from '../../src/ethereumjs.ts'
import { describeEngines } from '../support/engines.ts'

describeEngines('keccak256 for EthereumJS', (engine) => {
  const hash = coreKeccak256(engine)

  test('hashes bytes of any length, and is not shared', () => {
    for (const length of [0, 1, 32, 135, 136, 137, 272, 5_000, 100_000]) {
      const data = Uint8Array.from({ length }, (_, at) => at * 31)
      const found = hash(data)
      expect(found, String(length)).toEqual(keccak256(data, 'bytes'))
      found.fill(0)
      expect(hash(data.subarray(0))).toEqual(keccak256(data, 'bytes'))
      const middle = data.subarray(length >> 2, length >> 1)
      expect(hash(middle)).toEqual(keccak256(middle, 'bytes'))
    }
  })

  test('refuses what is no bytes, and is not lied to about a length', () => {
    for (const data of ['0x12', [1, 2], undefined, new Uint16Array(4)]) {
      expect(() => hash(data as never)).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }))
    }
    const liar = new (class extends Uint8Array {
      override get length(): number {
        return 1
      }
    })(64)
    expect(hash(liar)).toEqual(keccak256(new Uint8Array(64), 'bytes'))
  })

  test('EthereumJS hashes with it', () => {
    let asked = 0
    const counted = (data: Uint8Array): Uint8Array => {
      asked++
      return hash(data)
    }
    const key = hexToBytes(`0x${'11'.repeat(32)}`)
    const [plain, ours] = [{}, { keccak256: counted }].map((customCrypto) => {
      const common = createCustomCommon({ chainId: 7 }, Mainnet, { customCrypto })
      return createLegacyTx({ gasLimit: 21_000n }, { common }).sign(key).hash()
    })
    expect(ours).toEqual(plain)
    expect(asked).toBeGreaterThan(0)
  })
})
