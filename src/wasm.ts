/**
 * Entry point `forkstate/wasm`: loads another WebAssembly core, with memory of its own, without
 * blocking the main thread. Most programs need only `forkstate`, which loads one by itself.
 */

export type { CoreFunctions } from './ffi/abi.gen.ts'
export type { Engine } from './ffi/engine.ts'
export { AbiMismatchError, EngineLoadError, OutOfMemoryError } from './ffi/errors.ts'
export type { LoadWasmOptions } from './ffi/wasm.ts'
export { loadWasm } from './ffi/wasm.ts'
