/**
 * A store in Redis or Valkey, one server or a cluster, for many machines that share what any of
 * them fetched. Needs the package `ioredis`, or a client of the caller.
 *
 * Invariants: one command writes the records of one shard of a group, completely or not at all.
 * Times of last use come from the clocks of the writing machines. There is no protection against
 * forgery: everyone who may write to the server is trusted with everyone's facts.
 */

import { InvalidInputError } from '../../diagnostics/errors.ts'
import { requireClaimOptions, requireGroup, requireKeys } from '../key-check.ts'
import type {
  ClaimOptions,
  ClaimOutcome,
  FullStore,
  GroupRecord,
  RecordKey,
  StoreClaims,
  StoreGroup,
  StoreGroups,
  StoreRecord,
} from '../store.ts'
import { recordBytes } from '../store.ts'
import { sleep } from '../timers.ts'
import { Operations } from './operations.ts'
import { RedisCommands, type RedisTarget, type RedisWord } from './redis-commands.ts'
import { groupName, groupOfName, RedisLayout, SHARDS, shardOf } from './redis-layout.ts'
import type { SizeBound } from './size-bound.ts'
import { type StoreMedium, storeParts } from './store-parts.ts'

/** Default of `prefix`. */
export const DEFAULT_REDIS_PREFIX = 'forkstate'
/** Most records in one command, so that it does not block the server for long. */
const MAX_RECORDS_PER_COMMAND = 1_000
/** Most groups measured at a time. */
const MAX_GROUPS_PER_TURN = 64
/** How long to wait for another process that is ahead in claiming the same keys, in ms. */
const LEAD_MS = 25
/** Number of records per step of a scan. */
const SCAN_COUNT = 512

/**
 * KEYS: the records, then one claim per item. ARGV: holder, ms, then the items. Answers 0 for
 * stored, 1 for granted, 2 for held.
 */
const CLAIM_SCRIPT = `
local outcomes = {}
for i = 2, #KEYS do
  if redis.call('HEXISTS', KEYS[1], ARGV[i + 1]) == 1 then
    outcomes[i - 1] = 0
  else
    local holder = redis.call('GET', KEYS[i])
    if holder and holder ~= ARGV[1] then
      outcomes[i - 1] = 2
    else
      redis.call('SET', KEYS[i], ARGV[1], 'PX', ARGV[2])
      outcomes[i - 1] = 1
    end
  end
end
return outcomes`
const OUTCOMES: readonly ClaimOutcome[] = ['stored', 'granted', 'held']

/** KEYS: claims. ARGV: holder. */
const RELEASE_SCRIPT = `
for i = 1, #KEYS do
  if redis.call('GET', KEYS[i]) == ARGV[1] then redis.call('DEL', KEYS[i]) end
end
return 0`

/** Options of the store. */
export type RedisStoreOptions = RedisTarget & {
  /** Prefix of all keys. Default `forkstate`. */
  readonly prefix?: string | undefined
  /** The server drops a block this long after its last use, in ms. Default: never. */
  readonly ttlMs?: number | undefined
  /**
   * Maximum of bytes; the least recently used blocks above it are dropped. Default: no limit except
   * the server's own.
   */
  readonly maxBytes?: number | undefined
}

/** Items of one shard of one group, and their positions among all keys. */
interface Part {
  readonly name: string
  readonly shard: number
  readonly places: number[]
}

/** A {@link FullStore} in Redis or Valkey. The first operation connects. */
export class RedisStore implements FullStore {
  readonly claims: StoreClaims
  readonly groups: StoreGroups
  readonly #commands: RedisCommands
  readonly #layout: RedisLayout
  readonly #ttlMs: number | undefined
  readonly #bound: SizeBound
  readonly #operations = new Operations()

  /** @throws InvalidInputError if `maxBytes` or `ttlMs` is not a number of at least 1. */
  constructor(options: RedisStoreOptions) {
    const { prefix = DEFAULT_REDIS_PREFIX, ttlMs, maxBytes = Number.POSITIVE_INFINITY } = options
    if (ttlMs !== undefined && !(Number.isSafeInteger(ttlMs) && ttlMs >= 1)) {
      throw new InvalidInputError('ttlMs must be an integer of at least 1')
    }
    this.#commands = new RedisCommands(options)
    this.#layout = new RedisLayout(prefix)
    this.#ttlMs = ttlMs
    const medium: StoreMedium = {
      claim: (keys, terms) => this.#claim(keys, terms),
      release: (keys, holder) => this.#release(keys, holder),
      list: () => this.#list(),
      records: (group) => this.#records(group),
      touch: (groups) => this.#touch(groups),
      delete: (group) => this.#deleteGroup(group),
    }
    const parts = storeParts(this.#operations, medium, maxBytes)
    this.claims = parts.claims
    this.groups = parts.groups
    this.#bound = parts.bound
  }

  getMany(keys: readonly RecordKey[]): Promise<readonly (Uint8Array | undefined)[]> {
    return this.#operations.run(async () => {
      const values = new Array<Uint8Array | undefined>(keys.length)
      await this.#forParts(keys, async ({ name, shard, places }) => {
        const items = places.map((place) => (keys[place] as RecordKey).item)
        const found = await this.#send('HMGET', this.#layout.records(name, shard), ...items)
        const list = found as readonly (Uint8Array | null)[]
        places.forEach((place, at) => {
          const value = list[at]
          if (value instanceof Uint8Array) values[place] = Uint8Array.from(value)
        })
      })
      return values
    })
  }

  putMany(records: readonly StoreRecord[]): Promise<void> {
    return this.#operations.run(async () => {
      requireKeys(records)
      const marking = this.#mark(records.map(({ group }) => group))
      let written = 0
      const writing = this.#forParts(records, async ({ name, shard, places }) => {
        const key = this.#layout.records(name, shard)
        const part = places.map((place) => records[place] as StoreRecord)
        for (const { item, value } of part) written += recordBytes(item, value)
        const claims = this.#claimsOf(
          name,
          shard,
          part.map(({ item }) => item),
        )
        await Promise.all([
          this.#send('HSET', key, ...part.flatMap(({ item, value }) => [item, value])),
          this.#expire(key),
          this.#send('UNLINK', ...claims),
        ])
      })
      await Promise.all([marking, writing])
      await this.#bound.wrote(written)
    })
  }

  deleteMany(keys: readonly RecordKey[]): Promise<void> {
    return this.#operations.run(async () => {
      await this.#forParts(keys, async ({ name, shard, places }) => {
        const items = places.map((place) => (keys[place] as RecordKey).item)
        await this.#send('HDEL', this.#layout.records(name, shard), ...items)
      })
    })
  }

  async close(): Promise<void> {
    await this.#operations.close()
    this.#commands.close()
  }

  #send(command: string, ...words: readonly RedisWord[]): Promise<unknown> {
    return this.#commands.send(command, words)
  }

  /** Runs an operation on each part; all start in this turn. */
  async #forParts(
    keys: readonly RecordKey[],
    operation: (part: Part) => Promise<unknown>,
  ): Promise<void> {
    await Promise.all(partsOf(keys).map(operation))
  }

  async #expire(key: string): Promise<void> {
    if (this.#ttlMs !== undefined) await this.#send('PEXPIRE', key, this.#ttlMs)
  }

  // Claims.

  #claimsOf(name: string, shard: number, items: readonly Uint8Array[]): readonly Uint8Array[] {
    return items.map((item) => this.#layout.claim(name, shard, item))
  }

  async #claim(keys: readonly RecordKey[], terms: ClaimOptions): Promise<readonly ClaimOutcome[]> {
    requireKeys(keys)
    requireClaimOptions(terms)
    const { holder, ttlMs } = terms
    const outcomes = new Array<ClaimOutcome>(keys.length)
    const claimPart = async ({ name, shard, places }: Part): Promise<void> => {
      const items = places.map((place) => (keys[place] as RecordKey).item)
      const claims = this.#claimsOf(name, shard, items)
      const scriptKeys = [this.#layout.records(name, shard), ...claims]
      const words = [...scriptKeys, holder, Math.ceil(ttlMs), ...items]
      const answer = await this.#send('EVAL', CLAIM_SCRIPT, scriptKeys.length, ...words)
      places.forEach((place, at) => {
        outcomes[place] = OUTCOMES[(answer as readonly number[])[at] as number] as ClaimOutcome
      })
    }
    const [first, ...rest] = partsOf(keys)
    if (first !== undefined) await claimPart(first)
    // Another process claims the same keys at the same time and is ahead. Without this wait each
    // would get some of the parts, and both would fetch.
    const isSecond = first?.places.some((place) => outcomes[place] === 'held')
    if (rest.length > 0 && isSecond === true) await sleep(LEAD_MS)
    await Promise.all(rest.map(claimPart))
    return outcomes
  }

  async #release(keys: readonly RecordKey[], holder: Uint8Array): Promise<void> {
    await this.#forParts(keys, async ({ name, shard, places }) => {
      const items = places.map((place) => (keys[place] as RecordKey).item)
      const claims = this.#claimsOf(name, shard, items)
      await this.#send('EVAL', RELEASE_SCRIPT, claims.length, ...claims, holder)
    })
  }

  // Groups.

  /** Marks groups as used now. */
  async #mark(groups: readonly Uint8Array[]): Promise<void> {
    const names = [...new Set(groups.map(groupName))]
    const now = Date.now()
    await this.#forgetExpired(now)
    for (let start = 0; start < names.length; start += MAX_RECORDS_PER_COMMAND) {
      const part = names.slice(start, start + MAX_RECORDS_PER_COMMAND)
      await this.#send('ZADD', this.#layout.index, ...part.flatMap((name) => [now, name]))
    }
  }

  /** Removes groups that the server has dropped from the index. */
  async #forgetExpired(now: number): Promise<void> {
    if (this.#ttlMs === undefined) return
    await this.#send('ZREMRANGEBYSCORE', this.#layout.index, '-inf', now - this.#ttlMs)
  }

  async *#list(): AsyncGenerator<StoreGroup> {
    await this.#forgetExpired(Date.now())
    for (let start = 0; ; start += MAX_GROUPS_PER_TURN) {
      const stop = start + MAX_GROUPS_PER_TURN - 1
      const found = await this.#send('ZRANGE', this.#layout.index, start, stop, 'WITHSCORES')
      // Pairs are flat or nested, depending on the protocol version.
      const list = (found as readonly Uint8Array[]).flat() as readonly (Uint8Array | number)[]
      const groups = await Promise.all(
        list.flatMap((member, at) =>
          at % 2 === 0 ? [this.#measure(member as Uint8Array, numberOf(list[at + 1]))] : [],
        ),
      )
      for (const group of groups) if (group.records > 0) yield group
      if (groups.length < MAX_GROUPS_PER_TURN) return
    }
  }

  async #measure(member: Uint8Array, usedAtMs: number): Promise<StoreGroup> {
    const group = groupOfName(member)
    const shards = await Promise.all(
      this.#shardsOf(group).map(async (key) => {
        const [records, bytes] = await Promise.all([
          this.#send('HLEN', key),
          this.#send('MEMORY', 'USAGE', key),
        ])
        return { records: Number(records), bytes: Number(bytes ?? 0) }
      }),
    )
    const sum = (name: 'records' | 'bytes'): number =>
      shards.reduce((total, shard) => total + shard[name], 0)
    return { group, records: sum('records'), bytes: sum('bytes'), usedAtMs }
  }

  #shardsOf(group: Uint8Array): readonly string[] {
    const name = groupName(group)
    return Array.from({ length: SHARDS }, (_, shard) => this.#layout.records(name, shard))
  }

  async *#records(group: Uint8Array): AsyncGenerator<GroupRecord> {
    for (const key of this.#shardsOf(group)) {
      let cursor = '0'
      do {
        const answer = await this.#send('HSCAN', key, cursor, 'COUNT', SCAN_COUNT)
        const [next, list] = answer as readonly [Uint8Array, readonly Uint8Array[]]
        cursor = new TextDecoder().decode(next)
        for (let at = 0; at < list.length; at += 2) {
          const [item, value] = [list[at] as Uint8Array, list[at + 1] as Uint8Array]
          yield { item: Uint8Array.from(item), value: Uint8Array.from(value) }
        }
      } while (cursor !== '0')
    }
  }

  async #touch(groups: readonly Uint8Array[]): Promise<void> {
    const now = Date.now()
    for (let start = 0; start < groups.length; start += MAX_GROUPS_PER_TURN) {
      const part = groups.slice(start, start + MAX_GROUPS_PER_TURN)
      const scores = part.flatMap((group) => [now, groupName(group)])
      await Promise.all([
        this.#send('ZADD', this.#layout.index, 'XX', ...scores),
        ...part.flatMap((group) => this.#shardsOf(group).map((key) => this.#expire(key))),
      ])
    }
  }

  async #deleteGroup(group: Uint8Array): Promise<void> {
    requireGroup(group)
    await Promise.all(this.#shardsOf(group).map((key) => this.#send('UNLINK', key)))
    await this.#send('ZREM', this.#layout.index, groupName(group))
  }
}

function numberOf(answer: Uint8Array | number | undefined): number {
  return answer instanceof Uint8Array ? Number(new TextDecoder().decode(answer)) : (answer ?? 0)
}

/** Splits keys by group and shard into parts that each fit in one command. */
function partsOf(keys: readonly RecordKey[]): readonly Part[] {
  const names = new Map<Uint8Array, string>()
  const open = new Map<string, Part>()
  const parts: Part[] = []
  keys.forEach(({ group, item }, place) => {
    const name = names.get(group) ?? groupName(group)
    names.set(group, name)
    const shard = shardOf(item)
    const id = `${name}/${shard}`
    const part = open.get(id)
    if (part !== undefined && part.places.length < MAX_RECORDS_PER_COMMAND) {
      part.places.push(place)
      return
    }
    const next = { name, shard, places: [place] }
    open.set(id, next)
    parts.push(next)
  })
  return parts
}
