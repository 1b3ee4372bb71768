/**
 * The connection to Redis or Valkey. In a cluster each command finds its own server. Commands sent
 * in one turn share one round trip to a server, since none waits for another.
 *
 * Ownership: a client created here from addresses is closed here; one that was passed in belongs to
 * the caller. Creating one needs the package `ioredis`.
 */

import { StoreUnavailableError } from '../errors.ts'

/** A word of a command. */
export type RedisWord = string | number | Uint8Array

/**
 * The part of a Redis client that is used: those of `ioredis` and `iovalkey` have it, for one
 * server and for a cluster. It resolves with bytes if the server answers with a string.
 */
export interface RedisClient {
  // biome-ignore lint/suspicious/noExplicitAny: the clients accept more than is used here.
  callBuffer(command: string, words: any[]): Promise<unknown>
}

/** Pauses between attempts to reconnect, in ms. */
const MIN_RECONNECT_MS = 50
const MAX_RECONNECT_MS = 2_000
const CONNECT_TIMEOUT_MS = 5_000

interface OwnClient extends RedisClient {
  on(event: 'error', listener: () => void): unknown
  disconnect(): void
}

/** The address of the server, or the client to use. */
export type RedisTarget =
  | { readonly client: RedisClient }
  /**
   * `redis://` or `rediss://`. Several URLs are servers of one cluster, at least one of which must
   * be reachable.
   */
  | { readonly url: string | readonly string[] }

/** Sends commands. */
export class RedisCommands {
  readonly #target: RedisTarget
  #connecting: Promise<RedisClient> | undefined
  #own: OwnClient | undefined

  constructor(target: RedisTarget) {
    this.#target = target
  }

  /** @throws StoreUnavailableError if there is no answer, or the answer is an error. */
  async send(command: string, words: readonly RedisWord[]): Promise<unknown> {
    try {
      const client = await this.#client()
      return await client.callBuffer(command, words.map(asWord))
    } catch (cause) {
      if (cause instanceof StoreUnavailableError) throw cause
      throw new StoreUnavailableError('the command to the Redis server failed', {
        cause,
        details: `${command}: ${cause instanceof Error ? cause.message : String(cause)}`,
        hint: 'check that the server is running and has memory left',
      })
    }
  }

  /** Closes the connection, if it was created here. */
  close(): void {
    this.#own?.disconnect()
    this.#own = undefined
  }

  #client(): Promise<RedisClient> {
    if ('client' in this.#target) return Promise.resolve(this.#target.client)
    this.#connecting ??= this.#connect(this.#target.url).catch((error: unknown) => {
      this.#connecting = undefined
      throw error
    })
    return this.#connecting
  }

  /** Does not wait for the server: commands wait for it, and fail if it cannot be reached. */
  async #connect(url: string | readonly string[]): Promise<RedisClient> {
    const { Cluster, Redis } = await import('ioredis')
    const delayMs = (attempt: number): number =>
      Math.min(MAX_RECONNECT_MS, MIN_RECONNECT_MS * 2 ** attempt)
    // A command fails with the first attempt to connect that fails.
    const redisOptions = { maxRetriesPerRequest: 0, connectTimeout: CONNECT_TIMEOUT_MS }
    const client: OwnClient =
      typeof url === 'string'
        ? new Redis(url, { ...redisOptions, retryStrategy: delayMs })
        : new Cluster([...url], {
            redisOptions: { connectTimeout: CONNECT_TIMEOUT_MS },
            clusterRetryStrategy: delayMs,
          })
    // Without a listener an error would end the process; commands report the relevant ones.
    client.on('error', () => {})
    this.#own = client
    return client
  }
}

/** The clients accept only the `Buffer` of Node.js. */
function asWord(word: RedisWord): string | number | Buffer {
  if (!(word instanceof Uint8Array)) return word
  return Buffer.from(word.buffer, word.byteOffset, word.byteLength)
}
