/**
 * A program that saves facts until its disk is full, and then reads them all: each must be right or
 * absent. With `recover` it then waits for room, signalled by a line on its input, and must be able
 * to write again. It prints what happened, one word a line.
 *
 * Arguments: folder, `recover` or nothing.
 */

import { keepEveryBlock } from '../../src/store/facts/block-policy.ts'
import { FactStore } from '../../src/store/facts/fact-store.ts'
import { LmdbStore } from '../../src/store/lmdb.ts'
import { pause } from './checks.ts'
import { block, codeFact, keysOf, slotFact } from './fact-samples.ts'
import { loadAll } from './loading.ts'

const [folder = '', mode] = process.argv.slice(2)
const MAX_ROUNDS = 200
const PER_ROUND = 40

const say = (word: string): void => {
  process.stdout.write(`${word}\n`)
}

const store = new LmdbStore({ path: folder })
const cache = new FactStore(store, {
  policy: keepEveryBlock,
  retryMs: 1,
  onEvent: ({ type }) => say(type),
})
const facts = cache.forBlock({ block, proven: true })
const saved = []

for (let round = 0; round < MAX_ROUNDS && cache.metrics().storeDroppedWrites === 0; round++) {
  const part = [
    codeFact(round % 200, 20_000),
    ...Array.from({ length: PER_ROUND }, (_, at) => slotFact(round, at, BigInt(at) + 2n ** 200n)),
  ]
  facts.save(part)
  saved.push(...part)
  await cache.flush()
}

let wrong = 0
let found = 0
const { facts: loaded } = await loadAll(facts, keysOf(saved))
for (const [at, fact] of loaded.entries()) {
  if (fact === undefined) continue
  found++
  if (fact.kind === 'storage' && fact.value !== BigInt(at % (PER_ROUND + 1)) - 1n + 2n ** 200n) {
    wrong++
  }
  if (fact.kind === 'code' && fact.code.length !== 20_000) wrong++
}
say(found > 0 && found < saved.length ? 'some-found' : `found ${found} of ${saved.length}`)
say(wrong === 0 ? 'all-right' : `${wrong} wrong`)
facts.close()

if (mode === 'recover') {
  await new Promise((resolve) => process.stdin.once('data', resolve))
  process.stdin.pause()
  while (cache.metrics().storeDegraded === 1) {
    await pause(5)
    facts.save(saved)
    await loadAll(facts, keysOf([slotFact(9_999, 1)]))
    await cache.flush()
  }
  const { facts: again } = await loadAll(facts, keysOf(saved))
  say(again.every((fact) => fact !== undefined) ? 'all-there' : 'not all there')
  facts.close()
}
await cache.close()
await store.close()
say('closed')
