/**
 * The call frame: arguments are written to it and results read from it at constant offsets, so a
 * hot call allocates nothing.
 *
 * Invariants: an engine has one frame, shared by all its callers. Its contents are used up before
 * the next call, and no code relies on what an earlier call left in it. Address and slot are
 * adjacent. A call can replace the views, so no code keeps one.
 */

import { InvalidInputError } from '../diagnostics/errors.ts'
import type { Hex } from '../encoding/hex.ts'
import { ADDRESS_BYTES, byteLengthOf, toHex, WORD_BYTES, writeFixed } from '../encoding/hex.ts'
import { writeUint256 } from '../encoding/integer.ts'
import type { Status } from './abi.gen.ts'
import { FORKSTATE_FRAME_BYTES, STATE_MANAGER_GREW, STATE_MANAGER_STATUS_MASK } from './abi.gen.ts'
import type { Engine } from './engine.ts'

/** Offsets of the parts of the frame. Parts that need it are aligned to 8 bytes. */
const ADDRESS = 0
const SLOT = ADDRESS + ADDRESS_BYTES
const VALUE = 64
const HASH = VALUE + WORD_BYTES
const REQUEST = HASH + WORD_BYTES
const LENGTH = REQUEST + 4
const HANDLE = LENGTH + 4
const ID = HANDLE + 8
const STRUCT = ID + 8

/** The engine uses the last bytes of the frame itself. */
const ENGINE_BYTES = 8

/** Maximum length of a struct in the frame, in bytes. */
export const MAX_STRUCT_BYTES: number = FORKSTATE_FRAME_BYTES - ENGINE_BYTES - STRUCT

const frames = new WeakMap<Engine, Frame>()

/**
 * The frame of an engine.
 *
 * @throws InvalidInputError if it is not an engine, for example a promise that was not awaited.
 */
export function frameOf(engine: Engine): Frame {
  let frame = frames.get(engine)
  if (frame === undefined) {
    if (typeof engine?.frame !== 'number') {
      throw new InvalidInputError('`ffi` is not an engine', {
        hint: 'pass `await loadNative()` or `await loadWasm()`',
      })
    }
    frame = new Frame(engine)
    frames.set(engine, frame)
  }
  return frame
}

/** The frame of one engine, with its views. Get it from {@link frameOf}. */
export class Frame {
  readonly engine: Engine
  /** Pointers into the frame. */
  readonly address: number
  readonly slot: number
  readonly value: number
  readonly hash: number
  readonly request: number
  readonly length: number
  readonly handle: number
  readonly id: number
  readonly struct: number
  readonly #last = { text: '', part0: 0, part1: 0, part2: 0, part3: 0, part4: 0 }

  constructor(engine: Engine) {
    const start = engine.frame
    this.engine = engine
    this.address = start + ADDRESS
    this.slot = start + SLOT
    this.value = start + VALUE
    this.hash = start + HASH
    this.request = start + REQUEST
    this.length = start + LENGTH
    this.handle = start + HANDLE
    this.id = start + ID
    this.struct = start + STRUCT
  }

  get bytes(): Uint8Array {
    return this.engine.bytes
  }

  get view(): DataView {
    return this.engine.view
  }

  /** Returns the status in a function's result, and renews the views if the call grew memory. */
  settle(result: number): Status {
    if ((result & STATE_MANAGER_GREW) !== 0) this.engine.renew()
    return (result & STATE_MANAGER_STATUS_MASK) as Status
  }

  /** Pointer to a buffer of at least `byteLength` bytes, valid until the next reserve. */
  reserve(byteLength: number): number {
    return this.engine.reserve(byteLength)
  }

  /**
   * Writes a 20-byte address. The last text is not converted again if its bytes are still in the
   * frame.
   */
  writeAddress(address: Hex | Uint8Array): void {
    const { view, address: at } = this
    const last = this.#last
    if (
      address === last.text &&
      view.getInt32(at) === last.part0 &&
      view.getInt32(at + 4) === last.part1 &&
      view.getInt32(at + 8) === last.part2 &&
      view.getInt32(at + 12) === last.part3 &&
      view.getInt32(at + 16) === last.part4
    ) {
      return
    }
    writeFixed(address, ADDRESS_BYTES, 'address', this.bytes, at)
    if (typeof address !== 'string') return
    last.text = address
    last.part0 = view.getInt32(at)
    last.part1 = view.getInt32(at + 4)
    last.part2 = view.getInt32(at + 8)
    last.part3 = view.getInt32(at + 12)
    last.part4 = view.getInt32(at + 16)
  }

  /** Writes a slot, given as exactly 32 bytes or as an integer. */
  writeSlot(slot: Hex | Uint8Array | bigint): void {
    if (typeof slot === 'bigint') writeUint256(slot, 'slot', this.view, this.slot)
    else writeFixed(slot, WORD_BYTES, 'slot', this.bytes, this.slot)
  }

  /** The address in the frame, as hex. */
  addressHex(): Hex {
    return toHex(this.bytes, this.address, this.address + ADDRESS_BYTES)
  }

  /** The slot in the frame, as hex. */
  slotHex(): Hex {
    return toHex(this.bytes, this.slot, this.slot + WORD_BYTES)
  }

  /** A `u64` counter of a struct in the frame; exact up to 2^53. */
  counter(offset: number): number {
    return Number(this.view.getBigUint64(this.struct + offset, true))
  }

  /** A copy of `byteLength` bytes at a pointer. */
  copy(pointer: number, byteLength: number): Uint8Array {
    return this.bytes.slice(pointer, pointer + byteLength)
  }

  /** keccak256 of any bytes, 32 bytes as hex. */
  keccak256(data: Uint8Array): Hex {
    this.#hash(data)
    return toHex(this.bytes, this.hash, this.hash + WORD_BYTES)
  }

  /** keccak256 of any bytes, 32 bytes. */
  keccak256Bytes(data: Uint8Array): Uint8Array {
    this.#hash(data)
    return this.copy(this.hash, WORD_BYTES)
  }

  #hash(data: Uint8Array): void {
    const length = byteLengthOf(data)
    const pointer = this.reserve(length)
    this.bytes.set(data, pointer)
    this.settle(this.engine.functions.forkstate_keccak256(pointer, length, this.hash))
  }
}

/** Writes a random seed for the hash tables of one object in the core, against chosen keys. */
export function writeSeed(frame: Frame, offset: number): void {
  frame.bytes.set(crypto.getRandomValues(new Uint8Array(8)), frame.struct + offset)
}
