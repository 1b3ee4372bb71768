/**
 * Entry point `forkstate/wasm`: loads the WebAssembly core on its own, without waiting on the main
 * thread, and with memory of its own. Most programs need only `forkstate`, which does so itself.
 */

export type { CoreFunctions } from './ffi/abi.gen.ts'
export type { Engine } from './ffi/engine.ts'
export { AbiMismatchError, EngineLoadError, OutOfMemoryError } from './ffi/errors.ts'
export type { LoadWasmOptions } from './ffi/wasm.ts'
export { loadWasm } from './ffi/wasm.ts'
