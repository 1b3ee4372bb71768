/**
 * `ffi/` is the boundary: it loads a build of the core and gives its C functions types. This module
 * is the contract between TypeScript and one build of the core, WebAssembly or native.
 *
 * Both builds export the same functions over the same pointers, so everything above this module is
 * written once. A pointer is a number: an offset into {@link Engine.bytes}. Calls use constant
 * offsets inside one preallocated *call frame* that starts at {@link Engine.frame}; code and lists
 * of trie nodes go through a buffer obtained with {@link Engine.reserve}.
 *
 * Ownership: the engine owns frame and buffer. Nothing is kept in either across calls, and a
 * function never keeps a pointer, so an engine serves any number of managers on its thread.
 */

import type { CoreFunctions } from './abi.gen.ts'

/** One loaded build of the core. Get one from `loadWasm()` or `loadNative()`. */
export interface Engine {
  /** Which build this is. */
  readonly kind: 'wasm' | 'native'
  /** The functions of the C ABI; pointers are offsets into {@link Engine.bytes}, 0 is null. */
  readonly functions: CoreFunctions
  /** Offset of the call frame of `FORKSTATE_FRAME_BYTES` bytes. It is never 0 and never changes. */
  readonly frame: number
  /** The memory that pointers refer to; `renew` and `reserve` replace it. */
  readonly bytes: Uint8Array
  /** A view of the same memory as {@link Engine.bytes}. */
  readonly view: DataView
  /** Renews the views. Must be called when a status carries `STATE_MANAGER_GREW`. */
  renew(): void
  /**
   * Returns the offset of a buffer of at least `byteLength` bytes, valid until the next `reserve`.
   * May replace the views.
   *
   * @throws OutOfMemoryError if there is no memory for it.
   */
  reserve(byteLength: number): number
}
