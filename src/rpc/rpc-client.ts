/**
 * The seam between a fork and the chain it forks: what a fork asks of a node, and nothing else.
 *
 * {@link RpcClient} is small on purpose, so that a user can put a cache, a recorder or another
 * protocol behind it. An implementation must settle every call, with an answer to what was asked or
 * an error: an error never turns into a zero, empty code or an absent account. It does no caching
 * and no proof checking; the layers above do both.
 */

import type { Hex } from '../encoding/hex.ts'
import type { RpcCapabilities } from './capabilities.ts'
import type { RpcEvent } from './events.ts'
import type { RpcMetrics } from './metrics.ts'
import type { RpcBlock, RpcTransaction } from './transactions.ts'

export type { ProbedMethod, RpcCapabilities } from './capabilities.ts'
export type { RpcEvent } from './events.ts'
export type { RpcMetrics } from './metrics.ts'
export type { RpcBlock, RpcTransaction } from './transactions.ts'

/**
 * Marks a client; see {@link RpcClient}. Registered under its name, so that another copy of this
 * package, or a client that does not import it, means the same.
 */
export const RPC_CLIENT: unique symbol = Symbol.for('forkstate.rpc-client')

/** A name that a node resolves to a block, and that moves while the chain grows. */
export type BlockTag = 'latest' | 'safe' | 'finalized' | 'earliest' | 'pending'

/**
 * How a read names its block on the wire: by hash as an EIP-1898 object, or by number.
 *
 * With `requireCanonical` the node refuses a block that is no longer on its canonical chain; when
 * it is left out nothing is sent for it. `expectedHash` is not sent either: it tells a client over
 * several endpoints which block is meant, so that it asks only those that have it there.
 */
export type BlockRef =
  | { readonly blockHash: Hex; readonly requireCanonical?: boolean }
  | { readonly blockNumber: bigint; readonly expectedHash?: Hex }

/** One slot of an {@link EthProof}. */
export interface StorageProof {
  /** The 32-byte slot, lower case, as it was asked for. */
  readonly key: Hex
  /** The value as an unsigned 256-bit integer; 0 when the slot is not set. */
  readonly value: bigint
  /** RLP-encoded trie nodes from the storage root down. Not checked here. */
  readonly proof: readonly Hex[]
}

/**
 * An account, some of its slots, and their Merkle proofs (EIP-1186).
 *
 * An absent account has zeros here, with the code hash either 0 or that of empty code, and the
 * storage hash either 0 or the empty root: nodes differ.
 */
export interface EthProof {
  /** The 20-byte address, lower case, as it was asked for. */
  readonly address: Hex
  /** In wei, below 2^256. */
  readonly balance: bigint
  /** Below 2^64. */
  readonly nonce: bigint
  /** 32 bytes. */
  readonly codeHash: Hex
  /** Root of the storage trie, 32 bytes. */
  readonly storageHash: Hex
  /** RLP-encoded trie nodes from the state root down. Not checked here. */
  readonly accountProof: readonly Hex[]
  /** One entry a slot asked for, in the order asked. */
  readonly storageProof: readonly StorageProof[]
}

/** Members of an answer of `eth_getBlockBy*` that are text, by their names there. Unchecked. */
export type HeaderFields = Readonly<Record<string, string>>

/** The fields of a block header that pinning needs. Hashes are 32 bytes, lower case. */
export interface BlockHeader {
  readonly number: bigint
  readonly hash: Hex
  readonly stateRoot: Hex
  readonly parentHash: Hex
  /** Seconds since 1970. */
  readonly timestamp: bigint
  /** All that the node said of the header, to be hashed; without it the hash cannot be checked. */
  readonly fields?: HeaderFields | undefined
}

/** How soon an answer is needed: a read that someone waits for, or a guess at later reads. */
export type RpcPriority = 'urgent' | 'prefetch'

/** Options of every call. */
export interface RpcCallOptions {
  /** Aborting it rejects the call with an `AbortedError` whose cause is the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** Default `urgent`; `prefetch` gives way to it. */
  readonly priority?: RpcPriority | undefined
  /** Fires when a `prefetch` call becomes urgent, since someone waits for its answer after all. */
  readonly urgent?: AbortSignal | undefined
}

/** Options of calls whose answer can be held against something. */
export interface VerifiedCallOptions<Answer> extends RpcCallOptions {
  /**
   * Throws if an answer is wrong. A client over several endpoints passes each answer to it before
   * taking it, and asks another endpoint if it throws; others may leave it to the caller.
   *
   * @param endpoint Printable name of who answered.
   */
  readonly verify?: ((answer: Answer, endpoint: string) => void) | undefined
}

/** Options of reading a header. */
export interface BlockCallOptions extends VerifiedCallOptions<BlockHeader> {
  /**
   * The hash that the block of a number had, 32 bytes. A client over several endpoints asks another
   * one before it tells of a different hash; others may leave it to the caller.
   */
  readonly expectedHash?: Hex | undefined
}

/** What is asked about an account without proofs. */
export interface AccountQuery {
  /** 20 bytes. */
  readonly address: Hex
  /** 32 bytes each; may be empty. */
  readonly slots: readonly Hex[]
  /** `slots` leaves out the account itself, if that is known already. Default `all`. */
  readonly want?: 'all' | 'slots' | undefined
}

/** Fields of an account as a node without proofs tells them. An absent account has zeros. */
export interface AccountFields {
  /** In wei, below 2^256. */
  readonly balance: bigint
  /** Below 2^64. */
  readonly nonce: bigint
  /** `0x` for none. At least one of code and code hash is present. */
  readonly code?: Hex
  /** 32 bytes. */
  readonly codeHash?: Hex
}

/** An account, some of its slots, and nothing that proves them. */
export interface AccountState {
  /** The 20-byte address, lower case, as it was asked for. */
  readonly address: Hex
  /** Present exactly if it was asked for. */
  readonly account?: AccountFields
  /** One value a slot asked for, in the order asked; 0 when the slot is not set. */
  readonly values: readonly bigint[]
}

/** A call to be simulated; what is left out is up to the node. */
export interface CallRequest {
  readonly from?: Hex | undefined
  /** Absent for the creation of a contract. */
  readonly to?: Hex | undefined
  readonly data?: Hex | undefined
  /** In wei. */
  readonly value?: bigint | undefined
  readonly gas?: bigint | undefined
  /** In wei. */
  readonly gasPrice?: bigint | undefined
}

/** An account and slots of it, as in EIP-2930. Lower case; slots are 32 bytes. */
export interface AccessListEntry {
  readonly address: Hex
  readonly storageKeys: readonly Hex[]
}

/** What a fork needs of a chain. Every method may reject; none of them guesses. */
export interface RpcClient {
  /**
   * Needed only by a client that has a function `request` too: without the mark it is taken for an
   * EIP-1193 provider, as the clients of viem are, whose `getProof` and `getBlock` mean other things.
   */
  readonly [RPC_CLIENT]?: true

  /**
   * Account fields, and the named slots, with proofs: `eth_getProof`.
   *
   * @param address 20 bytes.
   * @param slots 32 bytes each; may be empty.
   */
  getProof(
    address: Hex,
    slots: readonly Hex[],
    block: BlockRef,
    options?: VerifiedCallOptions<EthProof>,
  ): Promise<EthProof>

  /** Code of an account, `0x` when it has none: `eth_getCode`. */
  getCode(address: Hex, block: BlockRef, options?: VerifiedCallOptions<Hex>): Promise<Hex>

  /**
   * The header of a block named by number, tag or 32-byte hash; null when the node has none.
   * `eth_getBlockByNumber` or `eth_getBlockByHash`.
   */
  getBlock(block: bigint | BlockTag | Hex, options?: BlockCallOptions): Promise<BlockHeader | null>

  /** `eth_chainId`. */
  getChainId(options?: RpcCallOptions): Promise<bigint>

  /**
   * Account fields and slots without proofs, for nodes that refuse `eth_getProof` and forks that
   * do not verify. Never asks for proofs itself. The parts may be several calls: if the block is
   * named by number and replaced meanwhile, they may be of two blocks.
   */
  getAccountState?(
    query: AccountQuery,
    block: BlockRef,
    options?: RpcCallOptions,
  ): Promise<AccountState>

  /**
   * What a call would touch, by `eth_createAccessList`. A hint for prefetching: the sender, the
   * receiver and precompiles may be missing.
   */
  createAccessList?(
    call: CallRequest,
    block: BlockRef,
    options?: RpcCallOptions,
  ): Promise<readonly AccessListEntry[]>

  /**
   * What a call would read, by `debug_traceCall` with the `prestateTracer`. Only the keys: values
   * of a trace are not proven and leave out what is zero.
   */
  traceCallPrestate?(
    call: CallRequest,
    block: BlockRef,
    options?: RpcCallOptions,
  ): Promise<readonly AccessListEntry[]>

  /**
   * Any other method: what the node sent, unchecked. Only for what is no state, such as logs and
   * transactions; a fork reads state by the methods above.
   */
  request?(method: string, params?: readonly unknown[], options?: RpcCallOptions): Promise<unknown>

  /**
   * A transaction by its hash, 32 bytes; null if the node does not know it:
   * `eth_getTransactionByHash`. For `forkAtTransaction`, as is {@link RpcClient.getFullBlock}.
   */
  getTransaction?(hash: Hex, options?: RpcCallOptions): Promise<RpcTransaction | null>

  /** A block by its hash, with its transactions; null if the node has none: `eth_getBlockByHash`. */
  getFullBlock?(hash: Hex, options?: RpcCallOptions): Promise<RpcBlock | null>

  /** Which methods the node has shown to serve or refuse. */
  capabilities?(): RpcCapabilities

  /** Printable name of the other side for messages, free of credentials. */
  readonly endpoint?: string

  /** Ends all calls in flight and releases what the client holds. */
  close?(): void

  /** A snapshot of the counters. */
  metrics?(): RpcMetrics

  /** Calls back for what happens from now on, until the function returned is called. */
  listen?(listener: (event: RpcEvent) => void): () => void
}
