/**
 * The interface between a fork and the chain it forks: what a fork requests from a node, and
 * nothing else. `src/rpc` holds this interface and its implementations.
 *
 * {@link RpcClient} is small on purpose, so that a user can implement it with a cache, a recorder
 * or another protocol. An implementation must settle every call, with an answer to that call or
 * with an error: an error never turns into a zero, empty code or an absent account. It neither
 * caches nor verifies proofs; the layers above do both.
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
 * Marks a client; see {@link RpcClient}. The symbol is registered under its name, so that another
 * copy of this package, or a client that does not import it, uses the same one.
 */
export const RPC_CLIENT: unique symbol = Symbol.for('forkstate.rpc-client')

/** A name that a node resolves to a block. The block changes as the chain grows. */
export type BlockTag = 'latest' | 'safe' | 'finalized' | 'earliest' | 'pending'

/**
 * How a read names its block on the wire: by hash as an EIP-1898 object, or by number.
 *
 * With `requireCanonical`, the node refuses a block that is no longer on its canonical chain; if it
 * is left out, it is not sent. `expectedHash` is never sent: a client over several endpoints uses
 * only those that have the block with this hash under the number.
 */
export type BlockRef =
  | { readonly blockHash: Hex; readonly requireCanonical?: boolean }
  | { readonly blockNumber: bigint; readonly expectedHash?: Hex }

/** One slot of an {@link EthProof}. */
export interface StorageProof {
  /** The requested 32-byte slot, in lower case. */
  readonly key: Hex
  /** The value as an unsigned 256-bit integer; 0 if the slot is not set. */
  readonly value: bigint
  /** RLP-encoded trie nodes from the storage root down. Not verified here. */
  readonly proof: readonly Hex[]
}

/**
 * An account, some of its slots, and their Merkle proofs (EIP-1186).
 *
 * For an absent account all fields are zero, except that nodes differ in its hashes: the code hash
 * is 0 or that of empty code, and the storage hash is 0 or the empty root.
 */
export interface EthProof {
  /** The requested 20-byte address, in lower case. */
  readonly address: Hex
  /** In wei, below 2^256. */
  readonly balance: bigint
  /** Below 2^64. */
  readonly nonce: bigint
  /** 32 bytes. */
  readonly codeHash: Hex
  /** Root of the storage trie, 32 bytes. */
  readonly storageHash: Hex
  /** RLP-encoded trie nodes from the state root down. Not verified here. */
  readonly accountProof: readonly Hex[]
  /** One entry per requested slot, in the order of the request. */
  readonly storageProof: readonly StorageProof[]
}

/** The text members of an answer of `eth_getBlockBy*`, by their names there. Unchecked. */
export type HeaderFields = Readonly<Record<string, string>>

/** The fields of a block header that pinning needs. Hashes are 32 bytes in lower case. */
export interface BlockHeader {
  readonly number: bigint
  readonly hash: Hex
  readonly stateRoot: Hex
  readonly parentHash: Hex
  /** Seconds since 1970. */
  readonly timestamp: bigint
  /**
   * All header fields that the node sent, from which the hash is computed. Without them the hash
   * cannot be verified.
   */
  readonly fields?: HeaderFields | undefined
}

/**
 * How soon an answer is needed: `urgent` for a read that a caller waits for, `prefetch` for a guess
 * at later reads.
 */
export type RpcPriority = 'urgent' | 'prefetch'

/** Options of every call. */
export interface RpcCallOptions {
  /** Aborts the call: it rejects with an `AbortedError` whose cause is the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** Default `urgent`. Calls with `prefetch` give way to urgent ones. */
  readonly priority?: RpcPriority | undefined
  /** Fires when a `prefetch` call becomes urgent because a caller now waits for its answer. */
  readonly urgent?: AbortSignal | undefined
}

/** Options of calls whose answer the caller can verify. */
export interface VerifiedCallOptions<Answer> extends RpcCallOptions {
  /**
   * Throws if an answer is wrong. A client over several endpoints passes each answer to it before
   * it accepts the answer, and uses another endpoint if it throws. Other clients may ignore it; the
   * caller verifies the answer then.
   *
   * @param endpoint Printable name of the endpoint that answered.
   */
  readonly verify?: ((answer: Answer, endpoint: string) => void) | undefined
}

/** Options of reading a header. */
export interface BlockCallOptions extends VerifiedCallOptions<BlockHeader> {
  /**
   * The hash that the block of this number had, 32 bytes. A client over several endpoints requests
   * the block from another endpoint before it returns a different hash. Other clients may ignore
   * it.
   */
  readonly expectedHash?: Hex | undefined
}

/** A query of account fields and slots without proofs. */
export interface AccountQuery {
  /** 20 bytes. */
  readonly address: Hex
  /** 32 bytes each; may be empty. */
  readonly slots: readonly Hex[]
  /** `slots` leaves out the account itself, if it is known already. Default `all`. */
  readonly want?: 'all' | 'slots' | undefined
}

/** Account fields without a proof. For an absent account they are zero. */
export interface AccountFields {
  /** In wei, below 2^256. */
  readonly balance: bigint
  /** Below 2^64. */
  readonly nonce: bigint
  /** `0x` if there is none. At least one of code and code hash is present. */
  readonly code?: Hex
  /** 32 bytes. */
  readonly codeHash?: Hex
}

/** An account and some of its slots, without proofs. */
export interface AccountState {
  /** The requested 20-byte address, in lower case. */
  readonly address: Hex
  /** Present if and only if it was requested. */
  readonly account?: AccountFields
  /** One value per requested slot, in the order of the request; 0 if the slot is not set. */
  readonly values: readonly bigint[]
}

/** A call to simulate. The node chooses a default for each field that is left out. */
export interface CallRequest {
  readonly from?: Hex | undefined
  /** Absent for a contract creation. */
  readonly to?: Hex | undefined
  readonly data?: Hex | undefined
  /** In wei. */
  readonly value?: bigint | undefined
  readonly gas?: bigint | undefined
  /** In wei. */
  readonly gasPrice?: bigint | undefined
}

/** An account and some of its slots, as in EIP-2930. In lower case; slots are 32 bytes. */
export interface AccessListEntry {
  readonly address: Hex
  readonly storageKeys: readonly Hex[]
}

/** What a fork needs from a chain. Any method may reject; none of them guesses. */
export interface RpcClient {
  /**
   * Needed only by a client that also has a function `request`. Without the mark such an object is
   * treated as an EIP-1193 provider, like a viem client, whose `getProof` and `getBlock` differ.
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

  /** Code of an account, `0x` if it has none: `eth_getCode`. */
  getCode(address: Hex, block: BlockRef, options?: VerifiedCallOptions<Hex>): Promise<Hex>

  /**
   * The header of a block named by number, tag or 32-byte hash, by `eth_getBlockByNumber` or
   * `eth_getBlockByHash`; null if the node does not have the block.
   */
  getBlock(block: bigint | BlockTag | Hex, options?: BlockCallOptions): Promise<BlockHeader | null>

  /** `eth_chainId`. */
  getChainId(options?: RpcCallOptions): Promise<bigint>

  /**
   * Account fields and slots without proofs, for nodes that refuse `eth_getProof` and for forks
   * that do not verify. Never requests proofs itself. It may take several calls: if the block is
   * named by number and replaced between them, the parts may come from two blocks.
   */
  getAccountState?(
    query: AccountQuery,
    block: BlockRef,
    options?: RpcCallOptions,
  ): Promise<AccountState>

  /**
   * The accounts and slots that a call would touch, by `eth_createAccessList`. A hint for
   * prefetching: the sender, the receiver and precompiles may be missing.
   */
  createAccessList?(
    call: CallRequest,
    block: BlockRef,
    options?: RpcCallOptions,
  ): Promise<readonly AccessListEntry[]>

  /**
   * The accounts and slots that a call would read, by `debug_traceCall` with the `prestateTracer`.
   * Only the keys: the values of a trace are not proven, and it leaves out zeros.
   */
  traceCallPrestate?(
    call: CallRequest,
    block: BlockRef,
    options?: RpcCallOptions,
  ): Promise<readonly AccessListEntry[]>

  /**
   * Calls any other method and passes the answer on unchecked. Use it only for what is not state,
   * such as logs and transactions; a fork reads state with the methods above.
   */
  request?(method: string, params?: readonly unknown[], options?: RpcCallOptions): Promise<unknown>

  /**
   * A transaction by its 32-byte hash, by `eth_getTransactionByHash`; null if the node does not
   * know it. Needed by `forkAtTransaction`, as is {@link RpcClient.getFullBlock}.
   */
  getTransaction?(hash: Hex, options?: RpcCallOptions): Promise<RpcTransaction | null>

  /**
   * A block by its hash, with its transactions, by `eth_getBlockByHash`; null if the node does not
   * have it.
   */
  getFullBlock?(hash: Hex, options?: RpcCallOptions): Promise<RpcBlock | null>

  /** Which methods the node has been seen to serve or refuse. */
  capabilities?(): RpcCapabilities

  /** Printable name of the endpoint for messages, free of credentials. */
  readonly endpoint?: string

  /** Ends all calls in flight and releases the resources of the client. */
  close?(): void

  /** A snapshot of the counters. */
  metrics?(): RpcMetrics

  /** Adds a listener for later events, until the returned function is called. */
  listen?(listener: (event: RpcEvent) => void): () => void
}
