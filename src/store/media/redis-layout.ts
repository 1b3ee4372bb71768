/**
 * Where things are in Redis.
 *
 * A group is a few hashes, by the first byte of the item, so that a block is spread over the nodes
 * of a cluster and still is few keys: an account and its slots are in one hash. Everything of one
 * shard of a group has the same hash tag, so that it is on one node. All groups are named in one
 * sorted set, by the time of their last use.
 */

import { concatBytes } from '../bytes.ts'

/** Hashes that a block is spread over. */
export const SHARDS = 16
/** Layout of what is under the prefix; another layout would be another prefix. */
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

  /** The claim on a record that is absent. */
  claim(group: string, shard: number, item: Uint8Array): Uint8Array {
    return concatBytes(encoder.encode(`${this.records(group, shard)}:`), item)
  }
}

/** The name of a group in keys: hex, since braces and colons mean something there. */
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

/** Which hash of its group a record is in. */
export function shardOf(item: Uint8Array): number {
  return (item[0] ?? 0) % SHARDS
}
