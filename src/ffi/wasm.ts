/**
 * Loads the WebAssembly build of the core: instantiates it, and checks that its ABI is the one that
 * the TypeScript constants were generated from.
 *
 * Invariants: the module imports nothing, so it can only compute. Each call of `loadWasm` creates
 * an engine with its own memory; `defaultEngine` synchronously creates one engine and shares it.
 * The binary is part of the package as text, so nothing is fetched or read from a disk.
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
  /** The core to use instead of the bundled one: compiled, or the bytes of the binary. */
  readonly module?: WebAssembly.Module | BufferSource | undefined
}

/** The exports of the binary: the functions of the C ABI, its memory and its frame. */
interface WasmExports extends CoreFunctions, WasmOnlyFunctions {
  readonly memory: WebAssembly.Memory
  forkstate_frame(): number
}

let shared: Engine | undefined

/**
 * The engine of managers that are created without the option `ffi`. The first call compiles it
 * synchronously. In browsers that limit synchronous compilation on the main thread, use
 * {@link loadWasm}.
 *
 * @throws EngineLoadError if the runtime has no WebAssembly or refuses to compile synchronously.
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
 * Loads a WebAssembly core with its own memory. It is compiled off the main thread if the runtime
 * supports that. Pass it to managers as `ffi`.
 *
 * @throws EngineLoadError if it does not compile, imports something, or lacks an export.
 * @throws AbiMismatchError if the binary has another ABI than this package.
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

/** Wraps an error, unless it is an error of loading already. */
function loadError(cause: unknown, hint: string): Error {
  if (cause instanceof EngineLoadError || cause instanceof AbiMismatchError) return cause
  return new EngineLoadError('the WebAssembly core could not be loaded', { cause, hint })
}

/** Base64 decoders of some runtimes, several times faster than a loop. */
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

/** @throws AbiMismatchError if the hash differs. Called before any other function. */
function requireAbi(exported: Partial<WasmExports>): asserts exported is WasmExports {
  const { memory, forkstate_frame, forkstate_abi_hash } = exported
  if (!(memory instanceof WebAssembly.Memory) || !forkstate_frame || !forkstate_abi_hash) {
    throw new EngineLoadError('the WebAssembly module is not a core of forkstate')
  }
  const at = forkstate_frame()
  forkstate_abi_hash(at)
  const found = toHex(new Uint8Array(memory.buffer), at, at + WORD_BYTES)
  if (found === ABI_HASH) return
  throw new AbiMismatchError('the WebAssembly core has another ABI than this package', {
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
