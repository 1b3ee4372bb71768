/**
 * Entry point `forkstate/ethereumjs`: adapters of a state manager for `@ethereumjs/vm` and
 * `@ethereumjs/evm` 10: the state, and the blocks that BLOCKHASH refers to. Needs the packages
 * `@ethereumjs/common` and `@ethereumjs/util`.
 */

export {
  ForkBlockchain,
  type ForkBlockchainOptions,
  type HashedBlock,
  UnknownBlockError,
} from './ethereumjs/fork-blockchain.ts'
export { ForkStateManager, type ForkStateManagerOptions } from './ethereumjs/fork-state-manager.ts'
export type { GenesisAccount, GenesisState } from './ethereumjs/genesis.ts'
export { coreKeccak256 } from './ethereumjs/keccak256.ts'
export { UnknownStateRootError } from './ethereumjs/root-history.ts'
export { UnknownStorageError } from './ethereumjs/storage-dump.ts'
