/**
 * Options of a fork: what they mean, their defaults and their checks.
 */

import { InvalidInputError } from '../errors.ts'
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
import type { VerifyOptions, VerifyTerms } from './block/verify-options.ts'
import { resolveVerify } from './block/verify-options.ts'
import type { ForkEvent } from './events.ts'
import { ForkEvents } from './fork-events.ts'
import type { ForkWitness } from './witness-parts.ts'

/** Facts kept of the chain unless `maxCacheSize` says otherwise. */
export const DEFAULT_MAX_CACHE_SIZE = 100_000
/** What they may take unless `maxCacheBytes` says otherwise. */
export const DEFAULT_MAX_CACHE_BYTES: number = 256 * 1024 * 1024

/** One endpoint of a chain: the URL of a node, an EIP-1193 provider, or a client. */
export type ChainSource = string | URL | Eip1193Provider | RpcClient

/** How to make a fork of a chain. */
export interface ForkBackendOptions extends VerifyOptions {
  /**
   * Where the chain is read: the URL of a node, any EIP-1193 provider (`{ request }`, such as a
   * viem client), or an {@link RpcClient}. A client of your own that has `request` too must carry
   * the mark `RPC_CLIENT`. Of a list the next one is asked when one fails, as by a
   * `FailoverRpcClient` without options. For other timeouts and retries pass a client; one that was
   * passed in, alone or in a list, is not closed with the fork.
   */
  readonly rpcClient: ChainSource | readonly ChainSource[]
  /**
   * The block to fork: a number, `latest`, `safe`, `finalized`, `earliest`, or a 32-byte block
   * hash. Resolved once, by the first read. Default `trustedBlockHash`, else `latest`.
   */
  readonly forkBlockTag?: ForkBlockTag | undefined
  /** Most accounts, slots and codes of the chain to keep; at least 1. Default 100,000. */
  readonly maxCacheSize?: number | undefined
  /**
   * Most bytes they may take, tables and the trie nodes that prove them included. Trie nodes of a
   * witness, and those that roots of local writes need, are beyond it. Default 268,435,456.
   */
  readonly maxCacheBytes?: number | undefined
  /**
   * Where facts of the chain outlive the process, looked up before the chain is asked. Local writes
   * never go there. Whoever made the store closes it, after the fork was destroyed.
   */
  readonly store?: Store | undefined
  /** Which blocks the store keeps, how long it may take, and who is told that it does not work. */
  readonly storeOptions?: FactStoreOptions | undefined
  /**
   * Called for what happens in the fork, its client and its store, some microtasks after it. What
   * it throws is a warning and changes nothing. With it, an outage of the store is no warning.
   */
  readonly onEvent?: ((event: ForkEvent) => void) | undefined
  /** The build of the core: from `loadNative()` or `loadWasm()`. Default: the bundled WASM. */
  readonly ffi?: Engine | undefined
  /** Aborting it ends all reads that wait, with an `AbortedError`, and fetches nothing more. */
  readonly signal?: AbortSignal | undefined
}

/** Options with their defaults, checked. */
export interface ResolvedForkOptions {
  readonly client: RpcClient
  /** Whether the client was made here, and is to be closed with the fork. */
  readonly closesClient: boolean
  readonly target: BlockTarget
  readonly maxEntries: number
  /** Of facts. */
  readonly maxBytes: number
  /** Of trie nodes that can be fetched again. */
  readonly maxNodeBytes: number
  readonly engine: Engine
  readonly store: FactStore | undefined
  readonly verify: VerifyTerms
  /** What is known of the block from the beginning. */
  readonly witness?: ForkWitness | undefined
  readonly signal: AbortSignal | undefined
  readonly events: ForkEvents
}

/** @throws InvalidInputError if an option is not what it should be. */
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

/** A quarter of the bytes is for the trie nodes that proofs are made of. */
export function splitCache(
  maxCacheBytes: number,
): Pick<ResolvedForkOptions, 'maxBytes' | 'maxNodeBytes'> {
  const maxNodeBytes = Math.max(1, Math.floor(maxCacheBytes / 4))
  return { maxNodeBytes, maxBytes: Math.max(1, maxCacheBytes - maxNodeBytes) }
}

/**
 * The client of a chain, and whether it was made here.
 *
 * @throws InvalidInputError if it is none.
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
    const onEvent = events.ofStore(requireListener(storeOptions?.onEvent))
    return new FactStore(store, { ...storeOptions, onEvent })
  }
  throw new InvalidInputError(`store lacks ${missing.join(', ')}`, {
    hint: 'make one of forkstate/store/memory, /lmdb, /redis or /indexeddb',
  })
}

function requireListener<Value>(onEvent: Value | undefined): Value | undefined {
  if (onEvent === undefined || typeof onEvent === 'function') return onEvent
  throw new InvalidInputError('onEvent must be a function', { details: `got ${typeof onEvent}` })
}

/** By what is used of it: signals of another realm or of a polyfill do. */
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
