/**
 * Calls the C ABI with arguments by name, and copies its output. It knows each function only from
 * its declaration. All pointers point into the engine's buffer; the call frame is not used.
 */

import {
  FORK_REQUEST_ADDRESS,
  FORK_REQUEST_GENERATION,
  FORK_REQUEST_ID,
  FORK_REQUEST_KIND,
  FORK_REQUEST_SLOT,
  STATE_MANAGER_GREW,
  STATE_MANAGER_STATUS_MASK,
  STATUS_NAMES,
  type Status,
} from '../../src/ffi/abi.gen.ts'
import type { Engine } from '../../src/index.ts'
import { type RawParam, rawFunction } from './abi-declarations.ts'

/** A number by value, bytes to point at, or `null` for a null pointer. */
export type RawValue = number | Uint8Array | null

/** Arguments by name. Output pointers may be left out, or be null. */
export type RawArguments = Readonly<Record<string, RawValue>>

export interface RawResult {
  readonly status: Status
  readonly statusName: string
  /** The bytes behind each output pointer, by name; unwritten bytes are `UNTOUCHED`. */
  readonly outputs: Readonly<Record<string, Uint8Array>>
}

/** Output memory is filled with this before a call. */
export const UNTOUCHED = 0xaa
/** The longest code that is read or written through a buffer here. */
export const BUFFER_BYTES = 2_048

const ALIGNMENT = 8

/** Calls `name`. */
export function callRaw(engine: Engine, name: string, args: RawArguments): RawResult {
  const { params } = rawFunction(name)
  const sizes = params.map((param) => sizeOf(param, args))
  let pointer = engine.reserve(sizes.reduce((sum, size) => sum + align(size), ALIGNMENT))
  const pointers: number[] = []
  const values = params.map((param, index) => {
    const given = args[param.name]
    if (typeof given === 'number') return given
    if (given === null) return 0
    const size = sizes[index] as number
    const target = engine.bytes.subarray(pointer, pointer + size)
    if (given instanceof Uint8Array) target.set(given.subarray(0, size))
    else target.fill(UNTOUCHED)
    pointers[index] = pointer
    pointer += align(size)
    return pointers[index] as number
  })
  const functions = engine.functions as unknown as Record<string, (...args: number[]) => number>
  const result = functions[name]?.(...values) ?? Number.NaN
  if ((result & STATE_MANAGER_GREW) !== 0) engine.renew()

  const outputs: Record<string, Uint8Array> = {}
  for (const [index, param] of params.entries()) {
    const start = pointers[index]
    if (!param.kind.startsWith('out') || start === undefined) continue
    outputs[param.name] = engine.bytes.slice(start, start + (sizes[index] as number))
  }
  const status = (result & STATE_MANAGER_STATUS_MASK) as Status
  return { status, statusName: STATUS_NAMES[status], outputs }
}

/**
 * As {@link callRaw} for a call that must succeed; returns the handle, number or bytes it wrote.
 */
export function mustRaw(engine: Engine, name: string, args: RawArguments): Uint8Array {
  const { statusName, outputs } = callRaw(engine, name, args)
  if (statusName !== 'STATE_MANAGER_SUCCESS') throw new Error(`${name}: ${statusName}`)
  return Object.values(outputs)[0] ?? new Uint8Array()
}

/** A number that the core wrote in host order. */
export function hostUint32(bytes: Uint8Array | undefined, offset = 0): number {
  if (bytes === undefined) throw new Error('nothing was written')
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(offset, true)
}

/** Bytes of 64-bit numbers in host order, as configurations need them. */
export function hostUint64s(...values: readonly bigint[]): Uint8Array {
  return new Uint8Array(BigUint64Array.from(values).buffer)
}

/** A request as the core describes it. */
export interface RawRequest {
  readonly id: number
  readonly generation: number
  readonly kind: number
  readonly address: Uint8Array
  readonly slot: Uint8Array
}

/** Reads a `ForkRequest`. */
export function decodeRequest(bytes: Uint8Array | undefined): RawRequest {
  return {
    id: hostUint32(bytes, FORK_REQUEST_ID),
    generation: hostUint32(bytes, FORK_REQUEST_GENERATION),
    kind: hostUint32(bytes, FORK_REQUEST_KIND),
    address: (bytes as Uint8Array).slice(FORK_REQUEST_ADDRESS, FORK_REQUEST_ADDRESS + 20),
    slot: (bytes as Uint8Array).slice(FORK_REQUEST_SLOT, FORK_REQUEST_SLOT + 32),
  }
}

function sizeOf(param: RawParam, args: RawArguments): number {
  if ('size' in param) return param.size
  const given = args[param.name]
  if (param.kind === 'in_buffer') return given instanceof Uint8Array ? given.length : 0
  return param.kind === 'out_buffer' ? BUFFER_BYTES : 0
}

function align(size: number): number {
  return Math.ceil(size / ALIGNMENT) * ALIGNMENT
}
