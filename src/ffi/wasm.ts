/**
 * The WebAssembly build of the core: instantiates it, and checks that it is the one these
 * TypeScript constants were generated with.
 *
 * Invariants: the module imports nothing, so it can do nothing but compute. Each call of
 * `loadWasm` makes an engine with memory of its own; `defaultEngine` makes one, once, without
 * waiting. The binary comes with the package as text, so nothing is fetched or read from a disk.
 */

import { toHex, WORD_BYTES } from '../encoding/hex.ts'
import type { CoreFunctions, WasmOnlyFunctions } from './abi.gen.ts'
import {
  ABI_HASH,
  FORKSTATE_FRAME_BYTES,
  STATE_MANAGER_GREW,
  STATE_MANAGER_STATUS_MASK,
  STATE_MANAGER_SUCCESS,
} from './abi.gen.ts'
import { coreWasmBase64 } from './core-wasm.gen.ts'
import type { Engine } from './engine.ts'
import { AbiMismatchError, EngineLoadError, OutOfMemoryError } from './errors.ts'

/** What to load; see {@link loadWasm}. */
export interface LoadWasmOptions {
  /** The core to use in place of the bundled one, compiled or as the bytes of the binary. */
  readonly module?: WebAssembly.Module | BufferSource | undefined
}

/** What the binary exports besides the functions of the C ABI. */
interface WasmExports extends CoreFunctions, WasmOnlyFunctions {
  readonly memory: WebAssembly.Memory
  forkstate_frame(): number
}

let shared: Engine | undefined

/**
 * The engine that managers use when they are given none. Compiled on the first call, at once;
 * browsers that limit how much the main thread may compile need {@link loadWasm}.
 *
 * @throws EngineLoadError if the runtime has no WebAssembly or refuses to compile it at once.
 */
export function defaultEngine(): Engine {
  shared ??= loadNow()
  return shared
}

function loadNow(): Engine {
  try {
    return instantiated(new WebAssembly.Instance(new WebAssembly.Module(bundledBytes())))
  } catch (cause) {
    throw loadError(cause, 'pass `ffi: await loadWasm()`, which compiles in the background')
  }
}

/**
 * Loads a WebAssembly core with memory of its own, compiling it off the main thread where the
 * runtime can. Pass it to managers as `ffi`.
 *
 * @throws EngineLoadError if it does not compile, imports something, or lacks an export.
 * @throws AbiMismatchError if the binary was built from other declarations than this package.
 * @example
 * const state = new StateManager({ ffi: await loadWasm() })
 */
export async function loadWasm(options: LoadWasmOptions = {}): Promise<Engine> {
  const { module = bundledBytes() } = options
  try {
    const compiled =
      module instanceof WebAssembly.Module ? module : await WebAssembly.compile(module)
    const imported = WebAssembly.Module.imports(compiled)
    if (imported.length > 0) {
      const names = imported.map(({ module: from, name }) => `${from}.${name}`).join(', ')
      throw new EngineLoadError('the WebAssembly core must import nothing', { details: names })
    }
    return instantiated(await WebAssembly.instantiate(compiled))
  } catch (cause) {
    throw loadError(cause, 'use the binary that comes with this version of forkstate')
  }
}

/** Leaves errors of this package as they are. */
function loadError(cause: unknown, hint: string): Error {
  if (cause instanceof EngineLoadError || cause instanceof AbiMismatchError) return cause
  return new EngineLoadError('the WebAssembly core could not be loaded', { cause, hint })
}

/** What some runtimes have to read base64 with, several times faster than a loop does. */
interface FastDecoders {
  readonly Uint8Array: { fromBase64?(text: string): Uint8Array<ArrayBuffer> }
  readonly Buffer?: { from(text: string, encoding: 'base64'): Uint8Array<ArrayBuffer> }
}

function bundledBytes(): Uint8Array<ArrayBuffer> {
  const runtime = globalThis as unknown as FastDecoders
  if (runtime.Uint8Array.fromBase64) return runtime.Uint8Array.fromBase64(coreWasmBase64)
  if (runtime.Buffer) return runtime.Buffer.from(coreWasmBase64, 'base64')
  const text = atob(coreWasmBase64)
  const bytes = new Uint8Array(text.length)
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at)
  return bytes
}

function instantiated(instance: WebAssembly.Instance): Engine {
  const exported = instance.exports as unknown as Partial<WasmExports>
  requireAbi(exported)
  return new WasmEngine(exported)
}

/** @throws AbiMismatchError, before any other function is called. */
function requireAbi(exported: Partial<WasmExports>): asserts exported is WasmExports {
  const { memory, forkstate_frame, forkstate_abi_hash } = exported
  if (!(memory instanceof WebAssembly.Memory) || !forkstate_frame || !forkstate_abi_hash) {
    throw new EngineLoadError('the WebAssembly module is not a core of forkstate')
  }
  const at = forkstate_frame()
  forkstate_abi_hash(at)
  const found = toHex(new Uint8Array(memory.buffer), at, at + WORD_BYTES)
  if (found === ABI_HASH) return
  throw new AbiMismatchError('the WebAssembly core was built from other declarations', {
    details: `expected ${ABI_HASH}, found ${found}`,
    hint: 'use the binary that comes with this version of forkstate',
  })
}

class WasmEngine implements Engine {
  readonly kind = 'wasm'
  readonly functions: CoreFunctions
  readonly frame: number
  bytes: Uint8Array
  view: DataView
  readonly #exports: WasmExports
  readonly #outAddress: number

  constructor(exported: WasmExports) {
    // A plain object: calls through the exports object itself are slower.
    this.functions = { ...exported }
    this.frame = exported.forkstate_frame()
    this.bytes = new Uint8Array(exported.memory.buffer)
    this.view = new DataView(exported.memory.buffer)
    this.#exports = exported
    this.#outAddress = this.frame + FORKSTATE_FRAME_BYTES - 4
  }

  renew(): void {
    const { buffer } = this.#exports.memory
    if (this.bytes.buffer === buffer) return
    this.bytes = new Uint8Array(buffer)
    this.view = new DataView(buffer)
  }

  reserve(byteLength: number): number {
    const result = this.#exports.forkstate_buffer_reserve(byteLength, this.#outAddress)
    if ((result & STATE_MANAGER_GREW) !== 0) this.renew()
    if ((result & STATE_MANAGER_STATUS_MASK) !== STATE_MANAGER_SUCCESS) {
      throw new OutOfMemoryError(`no memory for a buffer of ${byteLength} bytes`)
    }
    return this.view.getUint32(this.#outAddress, true)
  }
}
