/**
 * Entry point `forkstate`: everything except the loaders of other builds of the core, which are in
 * `forkstate/native` and `forkstate/wasm`, and what other entries add.
 */

export type { ErrorCode, ErrorContext } from './diagnostics/errors.ts'
export {
  AbortedError,
  DestroyedError,
  ForkStateError,
  InvalidHexError,
  InvalidInputError,
} from './diagnostics/errors.ts'
export type { Hex } from './encoding/hex.ts'
export type { CoreFunctions, ForkStats, ManagerStats } from './ffi/abi.gen.ts'
export type { AddressLike, SlotLike, ValueLike } from './ffi/arguments.ts'
export type { Engine } from './ffi/engine.ts'
export {
  AbiMismatchError,
  EngineLoadError,
  MissingTrieNodeError,
  OutOfMemoryError,
} from './ffi/errors.ts'
export type { Account, AccountBytes } from './ffi/manager-reads.ts'
export type { ProofFault } from './ffi/proof-faults.ts'
export {
  InternalError,
  InvalidHandleError,
  InvalidSnapshotError,
  LimitExceededError,
  NoCheckpointError,
  RpcPendingError,
} from './ffi/status.ts'
export type { BlockIdentity, BlockState, PinMode } from './fork/block/block-reader.ts'
export type { ForkBlockName, ForkBlockTag } from './fork/block/block-target.ts'
export { HeaderError } from './fork/block/header.ts'
export type { PinnedBlock } from './fork/block/pinned-block.ts'
export type { ProofCounts, ProvenTo } from './fork/block/verification.ts'
export type { TrustOptions, VerifyOptions } from './fork/block/verify-options.ts'
export type { ProofCheck } from './fork/errors.ts'
export {
  BlockMovedError,
  NoStateRootError,
  OutsideWitnessError,
  PinError,
  ProofError,
  ReadCancelledError,
} from './fork/errors.ts'
export { ForkBackend } from './fork/fork-backend.ts'
export type { ForkEvent } from './fork/fork-events.ts'
export type { ForkMetrics } from './fork/fork-metrics.ts'
export type { ChainSource, ForkBackendOptions } from './fork/fork-options.ts'
export type { PrefetchedCall, PrefetchMetrics, PrefetchSource } from './fork/prefetch/prefetcher.ts'
export type { ForkAtTransactionOptions, TransactionFork } from './fork-at-transaction.ts'
export { forkAtTransaction, TransactionNotFoundError } from './fork-at-transaction.ts'
export type { BatchMetrics } from './rpc/batching/batcher.ts'
export type { Sleep } from './rpc/batching/retry.ts'
export type { Clock } from './rpc/clock.ts'
export type { RpcErrorCode, RpcErrorFields } from './rpc/errors.ts'
export { RpcError, RpcResponseError, RpcTimeoutError } from './rpc/errors.ts'
export type { RequestName } from './rpc/events.ts'
export type { EndpointAnswer } from './rpc/failover/errors.ts'
export { EndpointsError, QuorumError } from './rpc/failover/errors.ts'
export type { FailoverMetrics, FailoverOptions } from './rpc/failover/failover-client.ts'
export { FailoverRpcClient } from './rpc/failover/failover-client.ts'
export type { Listener } from './rpc/listeners.ts'
export type {
  EndpointCondition,
  EndpointMetrics,
  FailureCause,
  LatencyHistogram,
  RetryCause,
  RetryCounts,
} from './rpc/metrics.ts'
export type { RpcClientOptions } from './rpc/options.ts'
export type { RecordingTarget } from './rpc/record/record.ts'
export { RecordingRpcClient, record } from './rpc/record/record.ts'
export type { RecordingSource } from './rpc/record/replay.ts'
export { NotRecordedError, ReplayRpcClient, replay } from './rpc/record/replay.ts'
export type {
  AccessListEntry,
  AccountFields,
  AccountQuery,
  AccountState,
  BlockCallOptions,
  BlockHeader,
  BlockRef,
  BlockTag,
  CallRequest,
  EthProof,
  HeaderFields,
  ProbedMethod,
  RpcBlock,
  RpcCallOptions,
  RpcCapabilities,
  RpcClient,
  RpcEvent,
  RpcMetrics,
  RpcPriority,
  RpcTransaction,
  StorageProof,
  VerifiedCallOptions,
} from './rpc/rpc-client.ts'
export { RPC_CLIENT } from './rpc/rpc-client.ts'
export { RpcClientAdapter } from './rpc/rpc-client-adapter.ts'
export type { RpcSource } from './rpc/transports/create-transport.ts'
export type { Eip1193Provider } from './rpc/transports/eip1193-transport.ts'
export type { Fetch } from './rpc/transports/http-transport.ts'
export type { WebSocketConstructor, WebSocketLike } from './rpc/transports/web-socket.ts'
export type { RpcErrorKind } from './rpc/vendors.ts'
export type { AnvilStateOptions, ExportableState } from './state/dump/anvil-state.ts'
export { fromAnvilState, toAnvilState } from './state/dump/anvil-state.ts'
export type { AccountDiff, Change, Presence, SlotDiff } from './state/dump/diff.ts'
export type { AccountDump, StateDump } from './state/dump/dump-format.ts'
export type { AccountOverride, StateOverride } from './state/dump/state-override.ts'
export { fromStateOverride, toStateOverride } from './state/dump/state-override.ts'
export type { Metrics } from './state/metrics/metrics.ts'
export type { StateManagerOptions } from './state/options.ts'
export type { PrefetchEntry } from './state/prefetch/prefetch.ts'
export type { PrefetchCallOptions } from './state/prefetch/prefetch-call.ts'
export { StateManager } from './state/state-manager.ts'
export type { CollectedWitness, ExecutionWitness } from './state/witness.ts'
export type { BlockPolicy, ChainPosition } from './store/facts/block-policy.ts'
export type { StoreMetrics } from './store/facts/counters.ts'
export type { FactStoreOptions } from './store/facts/fact-store.ts'
export type { StoreAccess, StoreEvent } from './store/facts/store-health.ts'
export type { Store } from './store/store.ts'
