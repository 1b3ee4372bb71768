/**
 * Loads the native build of the core: finds the Node-API addon for this platform, and checks that
 * its ABI is the one that the TypeScript constants were generated from.
 *
 * Invariants: a thread has one engine for each addon file, even if it is loaded several times or
 * through several copies of this module, because the addon has one frame for each thread. The
 * offset of the frame is a constant other than 0, so no pointer into it is null. Frame and buffer
 * are one ArrayBuffer, which only `reserve` replaces. It must never be transferred to another
 * thread.
 */

import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { CoreFunctions } from './abi.gen.ts'
import { ABI_HASH, FORKSTATE_FRAME_BYTES, STATE_MANAGER_SUCCESS } from './abi.gen.ts'
import type { Engine } from './engine.ts'
import { AbiMismatchError, EngineLoadError, OutOfMemoryError } from './errors.ts'
import { REGISTERS, registerCalls } from './register-calls.ts'

/** What to load; see {@link loadNative}. */
export interface LoadNativeOptions {
  /** Path of an addon to use instead of the package's own for this platform. */
  readonly path?: string | undefined
}

/** What `require` returns for the addon, as `core/src/boundary/addon.zig` documents it. */
interface Addon {
  readonly abiHash: string
  /**
   * Sets the memory of the arguments and the memory that pointers are offsets into. Returns a
   * status.
   */
  setMemory(registers: ArrayBuffer, frame: ArrayBuffer): number
  call(): void
  /** The engine of this thread, once created. */
  [ENGINE]?: Engine
}

const ENGINE = Symbol.for('forkstate.native-engine')
const FRAME_OFFSET = 64
const BUFFER_OFFSET = FRAME_OFFSET + FORKSTATE_FRAME_BYTES
/** Room for the longest deployed code (EIP-170), so that most reserves allocate nothing. */
const INITIAL_BUFFER_BYTES = 32 * 1024
const DEFAULT_ENGINE_HINT =
  'leave out the `ffi` option: the default WebAssembly engine runs on every platform'

/**
 * Loads the native core. Pass it to managers as `ffi`. Each thread has its own engine; loading the
 * core again returns the same engine.
 *
 * @throws EngineLoadError if there is no addon for this platform, or it cannot be loaded.
 * @throws AbiMismatchError if the addon has another ABI than this package.
 * @example
 * const state = new StateManager({ ffi: await loadNative() })
 */
export async function loadNative(options: LoadNativeOptions = {}): Promise<Engine> {
  const { path } = options
  const addon = loadAddon(path === undefined ? prebuiltPath() : resolve(path))
  requireAbi(addon)
  const loaded = addon[ENGINE]
  if (loaded !== undefined) return loaded
  const engine = new NativeEngine(addon)
  addon[ENGINE] = engine
  return engine
}

/** The path where the addon for this platform is, if the package has one. */
export function prebuiltPath(): string {
  const file = `../../prebuilds/${platformName()}/forkstate.node`
  return fileURLToPath(new URL(file, import.meta.url))
}

/** The platform as in the folder names of addons, such as `linux-x64` or `linux-x64-musl`. */
function platformName(): string {
  const name = `${process.platform}-${process.arch}`
  return process.platform === 'linux' && usesMusl() ? `${name}-musl` : name
}

/**
 * Whether the runtime is linked with musl. The dynamic loader of musl is then mapped into the
 * process. `process.report` has this information too, but it waits for every worker thread, and
 * forever if one is ending.
 */
function usesMusl(): boolean {
  try {
    return readFileSync('/proc/self/maps', 'latin1').includes('/ld-musl-')
  } catch {
    return false
  }
}

function loadAddon(path: string): Addon {
  if (!existsSync(path)) throw loadError('the native core is missing', path)
  let loaded: Partial<Addon>
  try {
    loaded = createRequire(import.meta.url)(path)
  } catch (cause) {
    throw loadError('the native core could not be loaded', path, cause)
  }
  if (!isAddon(loaded)) throw loadError('the file is not a native core of forkstate', path)
  return loaded
}

function loadError(shortMessage: string, path: string, cause?: unknown): EngineLoadError {
  const details = `path ${path}, platform ${platformName()}`
  return new EngineLoadError(shortMessage, { cause, details, hint: DEFAULT_ENGINE_HINT })
}

function isAddon(loaded: Partial<Addon>): loaded is Addon {
  const { abiHash, setMemory, call } = loaded ?? {}
  return (
    typeof abiHash === 'string' && typeof setMemory === 'function' && typeof call === 'function'
  )
}

/** @throws AbiMismatchError if the hash differs. Called before any other function of the addon. */
function requireAbi({ abiHash }: Addon): void {
  if (abiHash === ABI_HASH) return
  throw new AbiMismatchError('the native core has another ABI than this package', {
    details: `expected ${ABI_HASH}, found ${abiHash}`,
    hint: 'use the addon that comes with this version of forkstate',
  })
}

class NativeEngine implements Engine {
  readonly kind = 'native'
  readonly functions: CoreFunctions
  readonly frame = FRAME_OFFSET
  bytes: Uint8Array
  view: DataView
  readonly #addon: Addon
  readonly #registers: Uint32Array<ArrayBuffer>

  constructor(addon: Addon) {
    this.#addon = addon
    this.#registers = new Uint32Array(REGISTERS)
    this.functions = registerCalls(addon.call, this.#registers)
    this.bytes = new Uint8Array(0)
    this.view = new DataView(this.bytes.buffer)
    this.#replace(BUFFER_OFFSET + INITIAL_BUFFER_BYTES)
  }

  /** Native memory never grows under the views. */
  renew(): void {}

  reserve(byteLength: number): number {
    const needed = BUFFER_OFFSET + byteLength
    if (needed > this.bytes.length) this.#replace(Math.max(needed, this.bytes.length * 2))
    return BUFFER_OFFSET
  }

  /** Replaces the memory by a larger ArrayBuffer with the same frame. */
  #replace(byteLength: number): void {
    let buffer: ArrayBuffer
    try {
      buffer = new ArrayBuffer(byteLength)
    } catch (cause) {
      throw new OutOfMemoryError(`no memory for a buffer of ${byteLength} bytes`, { cause })
    }
    const bytes = new Uint8Array(buffer)
    bytes.set(this.bytes.subarray(0, BUFFER_OFFSET))
    if (this.#addon.setMemory(this.#registers.buffer, buffer) !== STATE_MANAGER_SUCCESS) {
      throw new OutOfMemoryError(`the runtime could not pin a buffer of ${byteLength} bytes`)
    }
    this.bytes = bytes
    this.view = new DataView(buffer)
  }
}
