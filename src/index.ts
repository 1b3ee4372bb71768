/**
 * Entry point `forkstate`: everything but the loaders of other builds of the core, which are in
 * `forkstate/native` and `forkstate/wasm`.
 */

export type { Hex } from './encoding/hex.ts'
export type { ErrorCode, ErrorContext } from './errors.ts'
export {
  AbortedError,
  DestroyedError,
  ForkStateError,
  InvalidHexError,
  InvalidInputError,
} from './errors.ts'
export type { ManagerStats, ValueLike } from './ffi/core.ts'
export type { Account, AccountBytes, AddressLike, SlotLike } from './ffi/core-reads.ts'
export type { Engine } from './ffi/engine.ts'
export {
  AbiMismatchError,
  EngineLoadError,
  MissingTrieNodeError,
  OutOfMemoryError,
} from './ffi/errors.ts'
export {
  InternalError,
  InvalidHandleError,
  InvalidSnapshotError,
  LimitExceededError,
  NoCheckpointError,
  RpcPendingError,
} from './ffi/status.ts'
export type { BlockIdentity, PinMode } from './fork/block-reader.ts'
export type { ForkBlockName, ForkBlockTag } from './fork/block-target.ts'
export type { ProofCheck } from './fork/errors.ts'
export {
  BlockMovedError,
  NoStateRootError,
  OutsideWitnessError,
  PinError,
  ProofError,
  ReadCancelledError,
} from './fork/errors.ts'
export type { ForkEvent } from './fork/events.ts'
export { ForkBackend } from './fork/fork-backend.ts'
export type { ForkMetrics } from './fork/fork-metrics.ts'
export type { ChainSource, ForkBackendOptions } from './fork/fork-options.ts'
export { HeaderError } from './fork/header.ts'
export type { PrefetchMetrics } from './fork/learned-calls.ts'
export type { PinnedBlock } from './fork/pinned-block.ts'
export type { Eip1193Provider } from './fork/rpc/eip1193-transport.ts'
export type { RpcErrorFields } from './fork/rpc/errors.ts'
export { RpcError, RpcResponseError, RpcTimeoutError } from './fork/rpc/errors.ts'
export { EndpointsError, QuorumError } from './fork/rpc/failover/errors.ts'
export type { FailoverMetrics, FailoverOptions } from './fork/rpc/failover/failover-client.ts'
export { FailoverRpcClient } from './fork/rpc/failover/failover-client.ts'
export type {
  EndpointCondition,
  EndpointMetrics,
  FailureCause,
  LatencyHistogram,
  RetryCause,
  RetryCounts,
} from './fork/rpc/metrics.ts'
export type { RpcClientOptions } from './fork/rpc/options.ts'
export type { RecordingTarget } from './fork/rpc/record/record.ts'
export { RecordingRpcClient, record } from './fork/rpc/record/record.ts'
export type { RecordingSource } from './fork/rpc/record/replay.ts'
export { NotRecordedError, ReplayRpcClient, replay } from './fork/rpc/record/replay.ts'
export type {
  AccessListEntry,
  BlockCallOptions,
  BlockHeader,
  BlockRef,
  BlockTag,
  CallRequest,
  EthProof,
  HeaderFields,
  JudgedCallOptions,
  RpcBlock,
  RpcCallOptions,
  RpcClient,
  RpcEvent,
  RpcMetrics,
  RpcPriority,
  RpcTransaction,
  StorageProof,
} from './fork/rpc/rpc-client.ts'
export { RPC_CLIENT } from './fork/rpc/rpc-client.ts'
export { RpcClientAdapter } from './fork/rpc/rpc-client-adapter.ts'
export type { RpcErrorKind } from './fork/rpc/vendors.ts'
export type { BlockPolicy, ChainPosition } from './fork/store/block-policy.ts'
export type { StoreMetrics } from './fork/store/counters.ts'
export type { FactStoreOptions } from './fork/store/fact-store.ts'
export type { Store } from './fork/store/store.ts'
export type { StoreEvent } from './fork/store/store-health.ts'
export type { ProofCounts, ProvenTo } from './fork/verification.ts'
export type { TrustOptions, VerifyOptions } from './fork/verify-options.ts'
export type { AnvilStateOptions } from './state/anvil-state.ts'
export { fromAnvilState, toAnvilState } from './state/anvil-state.ts'
export type { AccountDiff, Change, Presence, SlotDiff } from './state/diff.ts'
export type { AccountDump, StateDump } from './state/dump-format.ts'
export type { ForkAtTransactionOptions, TransactionFork } from './state/fork-at-transaction.ts'
export { forkAtTransaction, TransactionNotFoundError } from './state/fork-at-transaction.ts'
export type { Metrics } from './state/metrics.ts'
export type { StateManagerOptions } from './state/options.ts'
export type { PrefetchEntry } from './state/prefetch.ts'
export type { PrefetchCallOptions, PrefetchedCall, PrefetchSource } from './state/prefetch-call.ts'
export type { AccountOverride, StateOverride } from './state/state-override.ts'
export { fromStateOverride, toStateOverride } from './state/state-override.ts'
export type { CollectedWitness, ExecutionWitness } from './state/witness.ts'
export { StateManager } from './state-manager.ts'
