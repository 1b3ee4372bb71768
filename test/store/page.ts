/**
 * What runs in a browser's page: the store contract over IndexedDB, and single steps that a test
 * puts together over several pages and reloads. It is called through `globalThis.storePage`.
 */

import { keepEveryBlock } from '../../src/store/facts/block-policy.ts'
import { FactStore } from '../../src/store/facts/fact-store.ts'
import type { Fact } from '../../src/store/facts/facts.ts'
import { IndexedDbStore } from '../../src/store/indexeddb.ts'
import { seededFractions } from '../support/random.ts'
import { randomBytes, until } from './checks.ts'
import type { StoreKind } from './contract-case.ts'
import { block, codeFact, keysOf, sampleFacts, word } from './fact-samples.ts'
import { loadAll } from './loading.ts'
import { storeContract } from './store-contract.ts'

const scope = { block, proven: true }
/** The browser takes some more than it says, before it looks again. */
const LARGE_CODES = 400
const LARGE_CODE_BYTES = 100_000

let places = 0

const kind: StoreKind = {
  name: 'IndexedDB',
  isShared: true,
  isKept: true,
  countsExactly: true,
  async makePlace() {
    const stores: IndexedDbStore[] = []
    places++
    const name = `place ${places} ${crypto.randomUUID()}`
    return {
      open(options) {
        const store = new IndexedDbStore({ name, ...options })
        stores.push(store)
        return store
      },
      async destroy() {
        for (const store of stores) await store.close()
        indexedDB.deleteDatabase(name)
      },
    }
  },
}

function openCache(events: string[] = []) {
  const store = new IndexedDbStore()
  const onEvent = ({ type }: { readonly type: string }): void => {
    events.push(type)
  }
  const cache = new FactStore(store, { policy: keepEveryBlock, retryMs: 1, onEvent })
  return { store, cache, facts: cache.forBlock(scope), events }
}

/** Random, since browsers count what is left after compression. */
function largeFact(at: number): Fact {
  const code = randomBytes(LARGE_CODE_BYTES, seededFractions(at))
  return { kind: 'code', word: word(at + 1_000), code }
}

const saved: Fact[] = []
let full: ReturnType<typeof openCache> | undefined

const storePage = {
  /** Runs one case of the contract; rejects if it does not hold. */
  async runCase(subject: string, name: string): Promise<void> {
    const found = storeContract[subject]?.find((each) => each.name === name)
    if (found === undefined) throw new Error(`no such case: ${subject}: ${name}`)
    const place = await kind.makePlace()
    try {
      await found.run(place, kind)
    } finally {
      await place.destroy()
    }
  },

  /** Saves the sample; leaves the store open, as a page does that is just left. */
  async save(): Promise<void> {
    const { cache, facts } = openCache()
    facts.save(sampleFacts)
    await cache.flush()
  },

  /** How many facts of the sample are there, and right. */
  async countRight(): Promise<number> {
    const { cache, store, facts } = openCache()
    const loaded = (await loadAll(facts, keysOf(sampleFacts))).facts
    const show = (value: unknown): string =>
      JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? String(part) : part))
    await cache.close()
    await store.close()
    return loaded.filter((fact, at) => show(fact) === show(sampleFacts[at])).length
  },

  /** Waits for the sample as the second of two; resolves with how many facts came. */
  async wait(): Promise<number> {
    const { cache, store, facts } = openCache()
    const loaded = (await loadAll(facts, keysOf(sampleFacts))).facts
    facts.close()
    await cache.close()
    await store.close()
    return loaded.filter((fact) => fact !== undefined).length
  },

  /** Claims the sample; what it gives saves it, some time later. */
  async claim(): Promise<void> {
    const { facts } = openCache()
    await loadAll(facts, keysOf(sampleFacts))
    Object.assign(globalThis, { saveClaimed: () => facts.save(sampleFacts) })
  },

  /** Saves more than there is room for; resolves with what happened and what is wrong. */
  async fill(): Promise<{ readonly events: readonly string[]; readonly wrong: number }> {
    full = openCache()
    for (let at = 0; at < LARGE_CODES && full.events.length === 0; at++) {
      full.facts.save([largeFact(at)])
      await full.cache.flush()
      saved.push(largeFact(at))
    }
    const loaded = (await loadAll(full.facts, keysOf(saved))).facts
    const wrong = loaded.filter((fact) => {
      return fact !== undefined && (fact.kind !== 'code' || fact.code.length !== LARGE_CODE_BYTES)
    })
    full.facts.close()
    return { events: [...full.events], wrong: wrong.length }
  },

  /** Saves it all again until it is there. */
  async fillAgain(): Promise<readonly string[]> {
    if (full === undefined) throw new Error('fill first')
    const { facts, cache, events } = full
    await until(async () => {
      facts.save(saved)
      await cache.flush()
      const loaded = (await loadAll(facts, keysOf([...saved, codeFact(250)]))).facts
      facts.close()
      return loaded.slice(0, -1).every((fact) => fact !== undefined)
    })
    await until(() => cache.metrics().storeDegraded === 0)
    return events
  },
}

/** What the page offers to the test. */
export type StorePage = typeof storePage

Object.assign(globalThis, { storePage })
