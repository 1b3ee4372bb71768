/**
 * The connection to Redis or Valkey: one command at a time, each of which finds its own node in a
 * cluster. Commands begun in one turn share one trip to a node, since none waits for another.
 *
 * Ownership: a client that was made here, from addresses, is ended here; one that was passed in is
 * its owner's. Making one needs the package `ioredis`.
 */

import { StoreUnavailableError } from '../errors.ts'

/** A word of a command. */
export type RedisWord = string | number | Uint8Array

/**
 * What is needed of a client: those of `ioredis` and `iovalkey` have it, for one server and for a
 * cluster. It resolves with bytes where the server answers with a string.
 */
export interface RedisClient {
  // biome-ignore lint/suspicious/noExplicitAny: their clients take more than is used here.
  callBuffer(command: string, words: any[]): Promise<unknown>
}

/** Pauses between attempts to connect again, ms. */
const MIN_RECONNECT_MS = 50
const MAX_RECONNECT_MS = 2_000
const CONNECT_TIMEOUT_MS = 5_000

interface OwnClient extends RedisClient {
  on(event: 'error', listener: () => void): unknown
  disconnect(): void
}

/** Where to find the server, or the client to use. */
export type RedisTarget =
  | { readonly client: RedisClient }
  /** `redis://` or `rediss://`. Several: nodes of one cluster, of which some must be there. */
  | { readonly url: string | readonly string[] }

/** Sends commands. */
export class RedisCommands {
  readonly #target: RedisTarget
  #connecting: Promise<RedisClient> | undefined
  #own: OwnClient | undefined

  constructor(target: RedisTarget) {
    this.#target = target
  }

  /** @throws StoreUnavailableError if there is no answer, or it is an error. */
  async send(command: string, words: readonly RedisWord[]): Promise<unknown> {
    try {
      const client = await this.#client()
      return await client.callBuffer(command, words.map(asWord))
    } catch (cause) {
      if (cause instanceof StoreUnavailableError) throw cause
      throw new StoreUnavailableError('the Redis server did not do what it was asked', {
        cause,
        details: `${command}: ${cause instanceof Error ? cause.message : String(cause)}`,
        hint: 'check that the server runs and has memory left',
      })
    }
  }

  /** Ends the connection, if it was made here. */
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

  /** Does not wait for the server: commands wait for it, and fail with it. */
  async #connect(url: string | readonly string[]): Promise<RedisClient> {
    const { Cluster, Redis } = await import('ioredis')
    const delayMs = (attempt: number): number =>
      Math.min(MAX_RECONNECT_MS, MIN_RECONNECT_MS * 2 ** attempt)
    // A command fails with the first attempt to connect that does.
    const redisOptions = { maxRetriesPerRequest: 0, connectTimeout: CONNECT_TIMEOUT_MS }
    const client: OwnClient =
      typeof url === 'string'
        ? new Redis(url, { ...redisOptions, retryStrategy: delayMs })
        : new Cluster([...url], {
            redisOptions: { connectTimeout: CONNECT_TIMEOUT_MS },
            clusterRetryStrategy: delayMs,
          })
    // Without a listener it would end the process; commands report what matters.
    client.on('error', () => {})
    this.#own = client
    return client
  }
}

/** Their clients take Node's bytes only. */
function asWord(word: RedisWord): string | number | Buffer {
  if (!(word instanceof Uint8Array)) return word
  return Buffer.from(word.buffer, word.byteOffset, word.byteLength)
}
