/**
 * Entry point `forkstate/ethereumjs`: a state manager as the adapter for `@ethereumjs/vm` and
 * `@ethereumjs/evm` 10, and the blocks that BLOCKHASH asks for. Needs the packages
 * `@ethereumjs/common` and `@ethereumjs/util`.
 */

export {
  ForkBlockchain,
  type ForkBlockchainOptions,
  type HashedBlock,
  UnknownBlockError,
} from './ethereumjs/fork-blockchain.ts'
export { ForkStateManager, type ForkStateManagerOptions } from './ethereumjs/fork-state-manager.ts'
export type { GenesisState } from './ethereumjs/genesis.ts'
export { coreKeccak256 } from './ethereumjs/keccak256.ts'
export { UnknownStateRootError } from './ethereumjs/root-history.ts'
export { UnknownStorageError } from './ethereumjs/storage-dump.ts'
