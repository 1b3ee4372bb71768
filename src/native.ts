/**
 * Entry point `forkstate/native`: loads the native core, a Node-API addon, for Node.js, Bun and
 * Deno. Programs that do not import it never touch native code.
 */

export type { CoreFunctions } from './ffi/abi.gen.ts'
export type { Engine } from './ffi/engine.ts'
export { AbiMismatchError, EngineLoadError, OutOfMemoryError } from './ffi/errors.ts'
export type { LoadNativeOptions } from './ffi/native.ts'
export { loadNative } from './ffi/native.ts'
