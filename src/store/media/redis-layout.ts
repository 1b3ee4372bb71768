/**
 * The layout of keys in Redis.
 *
 * A group is a few hashes, chosen by the first byte of the item, so that a block is spread over the
 * servers of a cluster in few keys; an account and its slots are in one hash. All keys of one shard
 * of a group have the same hash tag, so that they are on one server. One sorted set names all
 * groups, by the time of their last use.
 */

import { concatBytes } from '../bytes.ts'

/** Number of hashes that a block is spread over. */
export const SHARDS = 16
/** Version of the layout, part of the prefix. */
const LAYOUT = '1'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Names of keys under one prefix. */
export class RedisLayout {
  readonly #prefix: string

  constructor(prefix: string) {
    this.#prefix = `${prefix}:${LAYOUT}`
  }

  /** The sorted set of groups. */
  get index(): string {
    return `${this.#prefix}:groups`
  }

  /** The hash of records of one shard. */
  records(group: string, shard: number): string {
    return `${this.#prefix}:{${group}/${shard}}`
  }

  /** The key of the claim on an absent record. */
  claim(group: string, shard: number, item: Uint8Array): Uint8Array {
    return concatBytes(encoder.encode(`${this.records(group, shard)}:`), item)
  }
}

/** The name of a group in keys: hex, since braces and colons have a meaning there. */
export function groupName(group: Uint8Array): string {
  let name = ''
  for (const byte of group) name += byte.toString(16).padStart(2, '0')
  return name
}

/** The group of a member of the index. */
export function groupOfName(name: Uint8Array): Uint8Array {
  const digits = decoder.decode(name)
  return Uint8Array.from({ length: digits.length / 2 }, (_, at) => {
    return Number.parseInt(digits.slice(at * 2, at * 2 + 2), 16)
  })
}

/** The hash of its group that a record is in. */
export function shardOf(item: Uint8Array): number {
  return (item[0] ?? 0) % SHARDS
}
