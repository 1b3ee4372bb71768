/** Options of a fork: their meaning, defaults and checks. */

import { InvalidInputError } from '../diagnostics/errors.ts'
import { STATE_MANAGER_MAX_ENTRIES } from '../ffi/abi.gen.ts'
import type { Engine } from '../ffi/engine.ts'
import { defaultEngine } from '../ffi/wasm.ts'
import { isRpcClient } from '../rpc/client-or-provider.ts'
import { FailoverRpcClient } from '../rpc/failover/failover-client.ts'
import type { RpcClient } from '../rpc/rpc-client.ts'
import { RpcClientAdapter } from '../rpc/rpc-client-adapter.ts'
import type { Eip1193Provider } from '../rpc/transports/eip1193-transport.ts'
import type { FactStoreOptions } from '../store/facts/fact-store.ts'
import { FactStore } from '../store/facts/fact-store.ts'
import type { Store } from '../store/store.ts'
import type { BlockTarget, ForkBlockTag } from './block/block-target.ts'
import { parseBlockTag } from './block/block-target.ts'
import type { VerifyOptions, VerifyPolicy } from './block/verify-options.ts'
import { resolveVerify } from './block/verify-options.ts'
import type { ForkEvent } from './fork-events.ts'
import { ForkEvents } from './fork-events.ts'
import type { ForkWitness } from './witness.ts'

/** Default of `maxCacheSize`. */
export const DEFAULT_MAX_CACHE_SIZE = 100_000
/** Default of `maxCacheBytes`. */
export const DEFAULT_MAX_CACHE_BYTES: number = 256 * 1024 * 1024

/** One endpoint of a chain: the URL of a node, an EIP-1193 provider, or a client. */
export type ChainSource = string | URL | Eip1193Provider | RpcClient

/** How to make a fork of a chain. */
export interface ForkBackendOptions extends VerifyOptions {
  /**
   * Where the chain is read: the URL of a node, any EIP-1193 provider (`{ request }`, such as a
   * viem client), or an {@link RpcClient}. A client of your own that has `request` too must carry
   * the mark `RPC_CLIENT`. If it is a list, the next one is asked when one fails, as by a
   * `FailoverRpcClient` without options. For other timeouts and retries, pass a client. A client
   * that you pass, alone or in a list, is not closed with the fork.
   */
  readonly rpcClient: ChainSource | readonly ChainSource[]
  /**
   * The block to fork: a number, `latest`, `safe`, `finalized`, `earliest`, or a 32-byte block
   * hash. Resolved once, by the first read. Default: `trustedBlockHash`, else `latest`.
   */
  readonly forkBlockTag?: ForkBlockTag | undefined
  /** Maximum number of cached accounts, slots and codes; at least 1. Default 100,000. */
  readonly maxCacheSize?: number | undefined
  /**
   * Maximum bytes of the cache, including its tables and the trie nodes that prove its facts. Trie
   * nodes of a witness, and those that state roots of local writes need, do not count. Default
   * 268,435,456.
   */
  readonly maxCacheBytes?: number | undefined
  /**
   * Keeps facts of the chain beyond the life of the process. It is looked up before the chain is
   * asked; local writes never go there. Close it yourself, after the fork is destroyed.
   */
  readonly store?: Store | undefined
  /** Which blocks the store keeps, how long it may take, and who is notified if it fails. */
  readonly storeOptions?: FactStoreOptions | undefined
  /**
   * Called for what happens in the fork, its client and its store, some microtasks after it. What
   * it throws is a warning and changes nothing. With it, an outage of the store is no warning.
   */
  readonly onEvent?: ((event: ForkEvent) => void) | undefined
  /** The build of the core: from `loadNative()` or `loadWasm()`. Default: the bundled WASM. */
  readonly ffi?: Engine | undefined
  /**
   * Aborting it rejects all waiting reads with an `AbortedError`; nothing is fetched after that.
   */
  readonly signal?: AbortSignal | undefined
}

/** Options with their defaults, checked. */
export interface ResolvedForkOptions {
  readonly client: RpcClient
  /** Whether the client was made here, so that it is closed with the fork. */
  readonly closesClient: boolean
  readonly target: BlockTarget
  readonly maxEntries: number
  /** Maximum bytes of facts. */
  readonly maxBytes: number
  /** Maximum bytes of trie nodes that can be fetched again. */
  readonly maxTrieNodeBytes: number
  readonly engine: Engine
  readonly store: FactStore | undefined
  readonly verify: VerifyPolicy
  /** A witness of the block, which is known from the start. */
  readonly witness?: ForkWitness | undefined
  readonly signal: AbortSignal | undefined
  readonly events: ForkEvents
}

/** @throws InvalidInputError if an option is invalid. */
export function resolveForkOptions(options: ForkBackendOptions): ResolvedForkOptions {
  const { rpcClient, signal } = options
  const verify = resolveVerify(options)
  const target = parseBlockTag(options.forkBlockTag ?? verify.blockHash ?? 'latest')
  const { maxCacheSize = DEFAULT_MAX_CACHE_SIZE } = options
  const { maxCacheBytes = DEFAULT_MAX_CACHE_BYTES } = options
  requireBound(maxCacheSize, 'maxCacheSize', STATE_MANAGER_MAX_ENTRIES)
  requireBound(maxCacheBytes, 'maxCacheBytes', Number.MAX_SAFE_INTEGER)
  const { ffi: engine = defaultEngine() } = options
  if (signal !== undefined) requireSignal(signal)
  const events = new ForkEvents(requireListener(options.onEvent))
  return {
    ...resolveClient(rpcClient),
    target,
    maxEntries: maxCacheSize,
    ...splitCache(maxCacheBytes),
    engine,
    store: resolveStore(options, events),
    events,
    verify,
    signal,
  }
}

/** Divides the bytes of the cache: a quarter is for the trie nodes of proofs. */
export function splitCache(
  maxCacheBytes: number,
): Pick<ResolvedForkOptions, 'maxBytes' | 'maxTrieNodeBytes'> {
  const maxTrieNodeBytes = Math.max(1, Math.floor(maxCacheBytes / 4))
  return { maxTrieNodeBytes, maxBytes: Math.max(1, maxCacheBytes - maxTrieNodeBytes) }
}

/**
 * The client for a chain, and whether it was made here.
 *
 * @throws InvalidInputError if the source is invalid.
 */
export function resolveClient(
  source: ForkBackendOptions['rpcClient'],
): Pick<ResolvedForkOptions, 'client' | 'closesClient'> {
  if (isList(source)) return { client: new FailoverRpcClient(source), closesClient: true }
  if (isRpcClient(source)) return { client: source, closesClient: false }
  return { client: new RpcClientAdapter(source), closesClient: true }
}

function isList(source: ForkBackendOptions['rpcClient']): source is readonly ChainSource[] {
  return Array.isArray(source)
}

function resolveStore(
  { store, storeOptions }: ForkBackendOptions,
  events: ForkEvents,
): FactStore | undefined {
  if (store === undefined) {
    if (storeOptions === undefined) return undefined
    throw new InvalidInputError('`storeOptions` need `store`')
  }
  const methods: readonly (keyof Store)[] = ['getMany', 'putMany', 'deleteMany', 'close']
  const missing = methods.filter((name) => typeof store?.[name] !== 'function')
  if (missing.length === 0) {
    const onEvent = events.storeListener(requireListener(storeOptions?.onEvent))
    return new FactStore(store, { ...storeOptions, onEvent })
  }
  throw new InvalidInputError(`store lacks ${missing.join(', ')}`, {
    hint: 'use a store of forkstate/store/memory, /lmdb, /redis or /indexeddb',
  })
}

function requireListener<Value>(onEvent: Value | undefined): Value | undefined {
  if (onEvent === undefined || typeof onEvent === 'function') return onEvent
  throw new InvalidInputError('onEvent must be a function', { details: `got ${typeof onEvent}` })
}

/** Checks only what is used, so signals of another realm or a polyfill work. */
function requireSignal(signal: AbortSignal): void {
  const { aborted, addEventListener, removeEventListener } = signal ?? {}
  const listens =
    typeof addEventListener === 'function' && typeof removeEventListener === 'function'
  if (listens && typeof aborted === 'boolean') return
  throw new InvalidInputError('signal must be an AbortSignal')
}

function requireBound(value: number, name: string, max: number): void {
  if (Number.isSafeInteger(value) && value >= 1 && value <= max) return
  throw new InvalidInputError(`${name} must be an integer from 1 to ${max}`, {
    details: `got ${String(value)}`,
  })
}
