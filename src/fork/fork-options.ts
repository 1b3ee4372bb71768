/**
 * Options of a fork: what they mean, their defaults and their checks.
 */

import { InvalidInputError } from '../errors.ts'
import { STATE_MANAGER_MAX_ENTRIES } from '../ffi/abi.gen.ts'
import type { Engine } from '../ffi/engine.ts'
import { defaultEngine } from '../ffi/wasm.ts'
import type { BlockTarget, ForkBlockTag } from './block-target.ts'
import { parseBlockTag } from './block-target.ts'
import type { Eip1193Provider } from './rpc/eip1193-transport.ts'
import type { RpcClient } from './rpc/rpc-client.ts'
import { RpcClientAdapter } from './rpc/rpc-client-adapter.ts'

/** Facts kept of the chain unless `maxCacheSize` says otherwise. */
export const DEFAULT_MAX_CACHE_SIZE = 100_000
/** What they may take unless `maxCacheBytes` says otherwise. */
export const DEFAULT_MAX_CACHE_BYTES: number = 256 * 1024 * 1024

/** How to make a fork of a chain. */
export interface ForkBackendOptions {
  /**
   * Where the chain is read: the URL of a node, any EIP-1193 provider (`{ request }`), or an
   * {@link RpcClient}. For other timeouts and retries pass a `RpcClientAdapter`; a client that was
   * passed in is not closed with the fork.
   */
  readonly rpcClient: string | URL | Eip1193Provider | RpcClient
  /**
   * The block to fork: a number, `latest`, `safe`, `finalized`, `earliest`, or a 32-byte block
   * hash. Resolved once, by the first read. Default `latest`.
   */
  readonly forkBlockTag?: ForkBlockTag | undefined
  /** Most accounts, slots and codes of the chain to keep; at least 1. Default 100,000. */
  readonly maxCacheSize?: number | undefined
  /** Most bytes they may take, tables included. Default 268,435,456. */
  readonly maxCacheBytes?: number | undefined
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
  readonly maxBytes: number
  readonly engine: Engine
  readonly signal: AbortSignal | undefined
}

/** @throws InvalidInputError if an option is not what it should be. */
export function resolveForkOptions(options: ForkBackendOptions): ResolvedForkOptions {
  const { rpcClient, forkBlockTag = 'latest', signal } = options
  const target = parseBlockTag(forkBlockTag)
  const { maxCacheSize = DEFAULT_MAX_CACHE_SIZE } = options
  const { maxCacheBytes = DEFAULT_MAX_CACHE_BYTES } = options
  requireBound(maxCacheSize, 'maxCacheSize', STATE_MANAGER_MAX_ENTRIES)
  requireBound(maxCacheBytes, 'maxCacheBytes', Number.MAX_SAFE_INTEGER)
  const { ffi: engine = defaultEngine() } = options
  const isClient = looksLikeClient(rpcClient)
  return {
    client: isClient ? rpcClient : new RpcClientAdapter(rpcClient),
    closesClient: !isClient,
    target,
    maxEntries: maxCacheSize,
    maxBytes: maxCacheBytes,
    engine,
    signal,
  }
}

function requireBound(value: number, name: string, max: number): void {
  if (Number.isSafeInteger(value) && value >= 1 && value <= max) return
  throw new InvalidInputError(`${name} must be an integer from 1 to ${max}`, {
    details: `got ${String(value)}`,
  })
}

function looksLikeClient(client: ForkBackendOptions['rpcClient']): client is RpcClient {
  const given: unknown = client
  if (typeof given !== 'object' || given === null || !('getProof' in given)) return false
  const methods: readonly (keyof RpcClient)[] = ['getProof', 'getCode', 'getBlock', 'getChainId']
  const missing = methods.filter((name) => typeof (given as RpcClient)[name] !== 'function')
  if (missing.length === 0) return true
  throw new InvalidInputError(`rpcClient lacks ${missing.join(', ')}`, {
    hint: 'implement RpcClient, or pass a URL or an EIP-1193 provider',
  })
}
