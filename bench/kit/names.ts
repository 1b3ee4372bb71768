/** What contenders are called in rows, by which targets find them again. Loads none of them. */

import type { ResultRow } from './group.ts'

export const WASM = 'forkstate, WebAssembly'
export const NATIVE = 'forkstate, native addon'
export const SIMPLE = '@ethereumjs/statemanager Simple'
export const MERKLE = '@ethereumjs/statemanager Merkle, caches'
export const RPC = '@ethereumjs/statemanager RPC'
export const TEVM = '@tevm/state'
export const UNDO_LOG = 'Map + undo log'

/** Whether a row is one that most targets are about. */
export function isWasmInNode({ subject, runtime }: ResultRow): boolean {
  return subject === WASM && runtime === 'Node'
}
