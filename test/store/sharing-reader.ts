/**
 * A program that reads facts as a fork does: the store first, then an upstream, a part at a time.
 * It prints `ready`, waits for a line on its input, reads, and prints `right` if all of it was.
 *
 * Arguments: `lmdb` or `redis`, folder or URL, URL of the upstream, number of parts, slots in one.
 */

import { keepEveryBlock } from '../../src/store/facts/block-policy.ts'
import { FactStore } from '../../src/store/facts/fact-store.ts'
import type { Fact, FactKey } from '../../src/store/facts/facts.ts'
import { LmdbStore } from '../../src/store/lmdb.ts'
import { RedisStore } from '../../src/store/redis.ts'
import { block, keysOf, slotFact } from './fact-samples.ts'

const [kind, place = '', upstream = '', parts = '1', slotsPerPart = '1'] = process.argv.slice(2)

const store = kind === 'redis' ? new RedisStore({ url: place }) : new LmdbStore({ path: place })
// Times that a slow machine keeps to, so that the counts depend on the claims alone.
const cache = new FactStore(store, {
  policy: keepEveryBlock,
  readTimeoutMs: 10_000,
  claimTtlMs: 10_000,
  maxWaitMs: 30_000,
})
const facts = cache.forBlock({ block, proven: true })

function partOf(part: number): readonly Fact[] {
  return Array.from({ length: Number(slotsPerPart) }, (_, slot) => slotFact(part, slot))
}

/** One request for all that is missing. */
async function fetchAll(missing: readonly FactKey[]): Promise<readonly Fact[]> {
  const response = await fetch(upstream, { method: 'POST', body: JSON.stringify(missing) })
  if (!response.ok) throw new Error(`upstream: ${response.status}`)
  return missing.map(({ address, word }) => {
    return { kind: 'storage', address, word, value: BigInt(word) }
  })
}

async function read(part: number): Promise<boolean> {
  const wanted = partOf(part)
  const values = new Map<string, bigint>()
  const note = (fact: Fact): void => {
    if (fact.kind === 'storage') values.set(fact.word, fact.value)
  }
  const fetches: Promise<void>[] = []
  for await (const { found, missing } of facts.load(keysOf(wanted))) {
    for (const { fact } of found) note(fact)
    if (missing.length === 0) continue
    const fetched = fetchAll(missing).then((answers) => {
      for (const fact of answers) note(fact)
      facts.save(answers)
    })
    fetches.push(fetched)
  }
  await Promise.all(fetches)
  return wanted.every((fact) => fact.kind === 'storage' && values.get(fact.word) === fact.value)
}

// Opens the store before the start, as a program that has begun to work has.
await store.getMany([{ group: Uint8Array.of(1), item: new Uint8Array(0) }])
process.stdout.write('ready\n')
await new Promise((resolve) => process.stdin.once('data', resolve))
process.stdin.pause()
let isRight = true
for (let part = 0; part < Number(parts); part++) isRight = (await read(part)) && isRight
facts.close()
await cache.close()
await store.close()
process.stdout.write(isRight ? 'right\n' : 'wrong\n')
