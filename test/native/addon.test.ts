/** The addon itself, below its loader: nothing that JavaScript passes may crash the process. */

import { createRequire } from 'node:module'
import { beforeEach, expect, test } from 'vitest'

import {
  FUNCTION_PARAMETERS,
  STATE_MANAGER_ERROR_INVALID_HANDLE,
  STATE_MANAGER_ERROR_INVALID_INPUT,
  STATE_MANAGER_SUCCESS,
} from '../../src/ffi/abi.gen.ts'
import { REGISTERS } from '../../src/ffi/register-calls.ts'
import { loadNative } from '../../src/native.ts'
import { copyAddon, describeAddon } from './addon-file.ts'

interface RawAddon {
  setMemory(...args: readonly unknown[]): number
  call(...args: readonly unknown[]): undefined
}

const NAMES = Object.keys(FUNCTION_PARAMETERS)
const HASH_INDEX = NAMES.indexOf('forkstate_abi_hash')

describeAddon('statement 34: the bare addon', () => {
  let addon: RawAddon
  beforeEach(() => {
    addon = createRequire(import.meta.url)(copyAddon())
  })

  test('does nothing before it has memory', () => {
    expect(addon.call()).toBeUndefined()
    expect(addon.call(1, 2, 3)).toBeUndefined()
  })

  test('takes only two large enough ArrayBuffers, and keeps what it had otherwise', () => {
    const registers = new Uint32Array(REGISTERS)
    expect(addon.setMemory(registers.buffer, new ArrayBuffer(256))).toBe(STATE_MANAGER_SUCCESS)
    const small = new ArrayBuffer(REGISTERS * 4 - 1)
    const refused = [
      [],
      [registers.buffer],
      [registers, new Uint8Array(64)],
      [small, new ArrayBuffer(64)],
      [registers.buffer, {}],
      [null, undefined],
      [1, 2, 3],
    ]
    for (const args of refused)
      expect(addon.setMemory(...args)).toBe(STATE_MANAGER_ERROR_INVALID_INPUT)
    registers.set([HASH_INDEX, 64])
    addon.call()
    expect(registers[0]).toBe(STATE_MANAGER_SUCCESS)
  })

  test('refuses an index that is no function', () => {
    const registers = new Uint32Array(REGISTERS)
    addon.setMemory(registers.buffer, new ArrayBuffer(256))
    for (const index of [NAMES.length, 1_000, 0xffff_ffff]) {
      registers[0] = index
      addon.call()
      expect(registers[0]).toBe(STATE_MANAGER_ERROR_INVALID_INPUT)
    }
  })

  test('a frame of one byte holds nothing', () => {
    const registers = new Uint32Array(REGISTERS)
    expect(addon.setMemory(registers.buffer, new ArrayBuffer(1))).toBe(STATE_MANAGER_SUCCESS)
    registers.set([HASH_INDEX, 1])
    addon.call()
    expect(registers[0]).toBe(STATE_MANAGER_ERROR_INVALID_INPUT)
  })
})

describeAddon('the native engine', () => {
  test('a pointer is inside the memory to its last byte, or refused', async () => {
    const { functions, bytes } = await loadNative()
    expect(functions.forkstate_abi_hash(bytes.length - 32)).toBe(STATE_MANAGER_SUCCESS)
    for (const pointer of [bytes.length - 31, bytes.length, 0xffff_ffff, -1, Number.NaN, 2 ** 40]) {
      expect(functions.forkstate_abi_hash(pointer)).toBe(STATE_MANAGER_ERROR_INVALID_INPUT)
    }
  })

  test('reserve keeps the frame where and as it was, and the last buffer stays usable', async () => {
    const engine = await loadNative()
    const { frame } = engine
    engine.bytes.fill(0x5a, frame, frame + 64)
    const lengths = [0, 1, 24_576, 1 << 20, 4 << 20, 100]
    for (const length of lengths) {
      const buffer = engine.reserve(length)
      expect(buffer).toBeGreaterThanOrEqual(frame + 64)
      expect(engine.bytes.length).toBeGreaterThanOrEqual(buffer + length)
      expect(engine.view.buffer).toBe(engine.bytes.buffer)
      expect(engine.bytes.subarray(frame, frame + 64).every((byte) => byte === 0x5a)).toBe(true)
      const result = engine.functions.forkstate_keccak256(buffer, length, frame + 64)
      expect(result).toBe(STATE_MANAGER_SUCCESS)
    }
    expect(engine.frame).toBe(frame)
  })

  test('memory that cannot be had is a typed error and changes nothing', async () => {
    const engine = await loadNative()
    const { bytes } = engine
    expect(() => engine.reserve(2 ** 52)).toThrow(
      expect.objectContaining({ code: 'OUT_OF_MEMORY' }),
    )
    expect(engine.bytes).toBe(bytes)
    expect(engine.functions.state_manager_destroy(0)).toBe(STATE_MANAGER_ERROR_INVALID_HANDLE)
  })
})
