/** Two readers that need the same facts: one fetches, the other waits, and not for ever. */

import { beforeEach, describe, expect, it } from 'vitest'
import { keepEveryBlock } from '../../src/store/facts/block-policy.ts'
import { blockGroup, recordKey } from '../../src/store/facts/fact-key.ts'
import { FactStore, type FactStoreOptions } from '../../src/store/facts/fact-store.ts'
import { until } from './checks.ts'
import { block, keysOf, sampleFacts } from './fact-samples.ts'
import { FaultyStore } from './faulty-store.ts'
import { loadAll } from './loading.ts'

const scope = { block, proven: true }
const keys = keysOf(sampleFacts)
const nothing = sampleFacts.map(() => undefined)

describe('two readers of one block', () => {
  let store: FaultyStore

  beforeEach(() => {
    store = new FaultyStore()
  })

  /** A process of its own, as far as the store can tell. */
  function reader(options: FactStoreOptions = {}) {
    const cache = new FactStore(store, { policy: keepEveryBlock, claimTtlMs: 600_000, ...options })
    return { cache, facts: cache.forBlock(scope) }
  }

  it('the one who comes second gets what the first one fetches', async () => {
    const [first, second] = [reader(), reader()]
    expect((await loadAll(first.facts, keys)).facts).toEqual(nothing)
    const waiting = loadAll(second.facts, keys)
    await until(() => second.cache.metrics().storeWaits === keys.length)
    first.facts.save(sampleFacts)
    expect((await waiting).facts).toEqual(sampleFacts)
    expect(second.cache.metrics()).toMatchObject({ storeWaitTimeouts: 0 })
  })

  it('each fetches what the other does not, and gets the rest', async () => {
    const [first, second] = [reader(), reader()]
    const half = keys.slice(0, 7)
    await loadAll(first.facts, half)
    const parts: number[] = []
    for await (const { found, missing } of second.facts.load(keys)) {
      parts.push(found.length, missing.length)
      if (parts.length === 2) first.facts.save(sampleFacts.slice(0, 7))
      if (parts.length === 2) second.facts.save(sampleFacts.slice(7))
    }
    expect(parts.slice(0, 2)).toEqual([0, keys.length - 7])
    expect((await loadAll(reader().facts, keys)).facts).toEqual(sampleFacts)
  })

  it('the second one fetches as soon as the first one has failed', async () => {
    const [first, second] = [reader(), reader()]
    await loadAll(first.facts, keys)
    const waiting = loadAll(second.facts, keys)
    await until(() => second.cache.metrics().storeWaits === keys.length)
    first.facts.abandon(keys)
    expect((await waiting).facts).toEqual(nothing)
  })

  it('closing a reader gives back what it was to fetch', async () => {
    const [first, second] = [reader(), reader()]
    await loadAll(first.facts, keys)
    const waiting = loadAll(second.facts, keys)
    first.facts.close()
    expect((await waiting).facts).toEqual(nothing)
  })

  it('the second one fetches when the claims of a dead one have ended', async () => {
    const group = blockGroup(block, scope)
    const claimed = keys.map((request) => recordKey(group as Uint8Array, request))
    await store.claims.claim(claimed, { holder: new Uint8Array(16), ttlMs: 40 })
    expect((await loadAll(reader().facts, keys)).facts).toEqual(nothing)
  })

  it('the first one keeps its claims while it fetches for long', async () => {
    const [first, second] = [reader({ claimTtlMs: 60 }), reader({ claimTtlMs: 60 })]
    await loadAll(first.facts, keys)
    const renewals = store.calls.claim + 12
    const waiting = loadAll(second.facts, keys)
    let isDone = false
    void waiting.finally(() => {
      isDone = true
    })
    await until(() => store.calls.claim >= renewals)
    expect(isDone).toBe(false)
    first.facts.save(sampleFacts)
    expect((await waiting).facts).toEqual(sampleFacts)
  })

  it('waiting ends after the longest wait, and is counted as in vain', async () => {
    const [first, second] = [reader(), reader({ maxWaitMs: 30 })]
    await loadAll(first.facts, keys)
    expect((await loadAll(second.facts, keys)).facts).toEqual(nothing)
    expect(second.cache.metrics()).toMatchObject({ storeWaitTimeouts: keys.length })
  })

  it('waiting ends when it is aborted', async () => {
    const [first, second] = [reader(), reader()]
    await loadAll(first.facts, keys)
    const stop = new AbortController()
    const waiting = loadAll(second.facts, keys, { signal: stop.signal })
    await until(() => second.cache.metrics().storeWaits === keys.length)
    stop.abort()
    expect((await waiting).facts).toEqual(nothing)
  })

  it('waiting ends when the store fails', async () => {
    const [first, second] = [reader(), reader({ onEvent: () => {} })]
    await loadAll(first.facts, keys)
    const waiting = loadAll(second.facts, keys)
    await until(() => second.cache.metrics().storeWaits === keys.length)
    store.reads = 'reject'
    expect((await waiting).facts).toEqual(nothing)
  })

  it('nobody waits with maxWaitMs 0', async () => {
    const [first, second] = [reader({ maxWaitMs: 0 }), reader({ maxWaitMs: 0 })]
    await loadAll(first.facts, keys)
    expect((await loadAll(second.facts, keys)).parts).toBe(1)
    expect(store.calls.claim).toBe(0)
  })

  it('two readers of one process do not fetch twice either', async () => {
    const { cache, facts } = reader()
    const other = cache.forBlock(scope)
    await loadAll(facts, keys)
    const waiting = loadAll(other, keys)
    await until(() => cache.metrics().storeWaits === keys.length)
    facts.save(sampleFacts)
    expect((await waiting).facts).toEqual(sampleFacts)
  })
})
