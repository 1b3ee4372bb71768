import { describe, expect, it } from 'vitest'
import { EMPTY_CODE_HASH, EMPTY_ROOT } from '../encoding/constants.ts'
import * as abi from './abi.gen.ts'
import type { Engine } from './engine.ts'
import { Frame, frameOf, MAX_STRUCT_BYTES } from './frame.ts'
import { defaultEngine, loadWasm } from './wasm.ts'

const ADDRESS = '0x00000000000000000000000000000000000000aa'
const OTHER = '0x00000000000000000000000000000000000000bb'

describe('the call frame', () => {
  const engine = defaultEngine()
  const frame = frameOf(engine)

  it('has room for every struct of the boundary', () => {
    const sizes = Object.entries(abi).filter(([name]) => name.endsWith('_BYTES'))
    const structs = sizes.filter(([name]) => /^(MANAGER|FORK|ACCOUNT)_(CONFIG|RE|STATS)/.test(name))
    expect(structs.length).toBeGreaterThanOrEqual(6)
    for (const [, size] of structs) expect(size).toBeLessThanOrEqual(MAX_STRUCT_BYTES)
  })

  it('keeps its parts apart, inside, and aligned', () => {
    const { address, slot, value, hash, request, length, handle, id, struct } = frame
    expect(slot).toBe(address + 20)
    expect(value).toBeGreaterThanOrEqual(slot + 32)
    expect(hash).toBeGreaterThanOrEqual(value + 32)
    expect([request, length, handle, id, struct].toSorted((a, b) => a - b)[0]).toBe(hash + 32)
    expect(struct).toBeGreaterThanOrEqual(id + 8)
    for (const pointer of [address, value, request, id, struct]) expect(pointer % 8).toBe(0)
    expect(address).toBe(engine.frame)
    expect(address).toBeGreaterThan(0)
  })

  it('is one an engine', async () => {
    expect(frameOf(engine) === frame).toBe(true)
    expect(frameOf(await loadWasm()) === frame).toBe(false)
  })

  it('converts an address again after anybody wrote over it', () => {
    frame.writeAddress(ADDRESS)
    frame.writeAddress(ADDRESS)
    expect(frame.addressHex()).toBe(ADDRESS)
    frame.writeAddress(OTHER)
    frame.writeAddress(ADDRESS)
    expect(frame.addressHex()).toBe(ADDRESS)
    for (let at = 0; at < 20; at++) {
      engine.bytes[frame.address + at] = (engine.bytes[frame.address + at] as number) ^ 1
      frame.writeAddress(ADDRESS)
      expect(frame.addressHex()).toBe(ADDRESS)
    }
    expect(() => frame.writeAddress('0xzz')).toThrow()
    frame.writeAddress(ADDRESS)
    expect(frame.addressHex()).toBe(ADDRESS)
  })

  it('takes slots as hex, bytes and bigint', () => {
    frame.writeSlot(258n)
    const hex = frame.slotHex()
    expect(hex).toBe(`0x${'00'.repeat(30)}0102`)
    frame.writeSlot(0n)
    frame.writeSlot(hex)
    expect(frame.slotHex()).toBe(hex)
    frame.writeSlot(new Uint8Array(32).fill(7))
    expect(frame.slotHex()).toBe(`0x${'07'.repeat(32)}`)
  })

  it('renews views only when the status says that memory grew', () => {
    let renewals = 0
    const counting = Object.create(engine, { renew: { value: () => renewals++ } }) as Engine
    const other = new Frame(counting)
    expect(other.settle(abi.STATE_MANAGER_SUCCESS)).toBe(abi.STATE_MANAGER_SUCCESS)
    expect(renewals).toBe(0)
    const status = abi.STATE_MANAGER_ERROR_RPC_PENDING
    expect(other.settle(status | abi.STATE_MANAGER_GREW)).toBe(status)
    expect(renewals).toBe(1)
  })

  it('hashes', () => {
    expect(frame.keccak256(new Uint8Array(0))).toBe(EMPTY_CODE_HASH)
    expect(frame.keccak256(Uint8Array.of(0x80))).toBe(EMPTY_ROOT)
  })
})
