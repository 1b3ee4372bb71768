/** What contenders are called in rows, by which targets find them again. Loads none of them. */

export const WASM = 'forkstate, WebAssembly'
export const NATIVE = 'forkstate, native addon'
export const SIMPLE = '@ethereumjs/statemanager Simple'
export const MERKLE = '@ethereumjs/statemanager Merkle, caches'
export const RPC = '@ethereumjs/statemanager RPC'
export const TEVM = '@tevm/state'
export const UNDO_LOG = 'Map + undo log'
/** `@ethereumjs/mpt` as it comes, and with the keccak256 of forkstate. */
export const MPT = '@ethereumjs/mpt'
export const MPT_CORE_HASH = '@ethereumjs/mpt, hash of forkstate'
