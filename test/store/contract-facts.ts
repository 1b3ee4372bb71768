/** What holds of facts over every store: they come back as they were, or not at all. */

import type { BlockFacts } from '../../src/store/facts/block-facts.ts'
import { keepEveryBlock } from '../../src/store/facts/block-policy.ts'
import type { FactScope, FactStoreOptions } from '../../src/store/facts/fact-store.ts'
import { FactStore } from '../../src/store/facts/fact-store.ts'
import type { Fact, FactKey } from '../../src/store/facts/facts.ts'
import { MemoryStore } from '../../src/store/media/memory-store.ts'
import { exportBlock, importBlock } from '../../src/store/portable-file.ts'
import { MAX_ITEM_BYTES, type Store } from '../../src/store/store.ts'
import { pruneStore, storeStats } from '../../src/store/store-tools.ts'
import { check, collect, rejectsWith, same, until } from './checks.ts'
import type { ContractCase } from './contract-case.ts'
import {
  accountFact,
  block,
  codeFact,
  keysOf,
  sampleFacts,
  slotFact,
  word,
} from './fact-samples.ts'
import { loadAll } from './loading.ts'

const keepAll: FactStoreOptions = { policy: keepEveryBlock, onEvent: () => {} }
const scope: FactScope = { block, proven: true }

/** Undefined for what is missing. */
async function load(facts: BlockFacts, keys: readonly FactKey[]) {
  return (await loadAll(facts, keys)).facts
}

/** Another program that has just started, over the same store. */
function restarted(
  store: Store,
  options: Partial<FactScope> = {},
): {
  readonly facts: BlockFacts
  readonly cache: FactStore
} {
  const cache = new FactStore(store, keepAll)
  return { cache, facts: cache.forBlock({ ...scope, ...options }) }
}

async function saveAll(store: Store, facts: readonly Fact[], options: Partial<FactScope> = {}) {
  const { cache, facts: writer } = restarted(store, options)
  writer.save(facts)
  await cache.close()
}

export const factCases: readonly ContractCase[] = [
  {
    name: 'facts come back as they were saved, at once and after a restart',
    async run(place) {
      const store = place.open()
      const { cache, facts } = restarted(store)
      same(
        await load(facts, keysOf(sampleFacts)),
        sampleFacts.map(() => undefined),
      )
      facts.save(sampleFacts)
      same(await load(facts, keysOf(sampleFacts)), sampleFacts, 'before they are written')
      await cache.flush()
      same(await load(facts, keysOf(sampleFacts)), sampleFacts, 'after they are written')
      same(await load(restarted(store).facts, keysOf(sampleFacts)), sampleFacts, 'restarted')
      const { storeHits, storeMisses, storeWrites, storeBuffered, storeFailures } = cache.metrics()
      const count = sampleFacts.length
      same(
        { storeHits, storeMisses, storeWrites, storeBuffered, storeFailures },
        {
          storeHits: 2 * count,
          storeMisses: count,
          storeWrites: count,
          storeBuffered: 0,
          storeFailures: 0,
        },
      )
    },
  },
  {
    name: 'chains, blocks and proven facts are kept apart; code is shared by all (25)',
    async run(place) {
      const store = place.open()
      const all = [accountFact(1), slotFact(1, 1), codeFact(1)]
      await saveAll(store, all)
      const others: Partial<FactScope>[] = [
        { block: { ...block, chainId: block.chainId + 1n } },
        { block: { ...block, hash: word(99) } },
        { proven: false },
      ]
      for (const other of others) {
        const found = await load(restarted(store, other).facts, keysOf(all))
        same(found, [undefined, undefined, codeFact(1)])
      }
      same(await load(restarted(store).facts, keysOf(all)), all)
    },
  },
  {
    name: 'a damaged record is a miss, is counted and removed, and can be written again',
    async run(place) {
      const store = place.open()
      const all = [accountFact(1), slotFact(1, 1), slotFact(1, 0), codeFact(1), codeFact(0)]
      let rounds = 0
      for (let bit = 0; bit < 8; bit += 3) {
        await saveAll(store, all)
        const damaged = await damageAll(store, bit, rounds)
        const { cache, facts } = restarted(store)
        same(
          await loadAll(facts, keysOf(all)),
          { facts: all.map(() => undefined), parts: 1 },
          `bit ${bit}`,
        )
        same(cache.metrics().storeCorrupt, damaged)
        await until(async () => (await collect(store.groups.list())).length === 0)
        facts.save(all)
        await cache.close()
        same(await load(restarted(store).facts, keysOf(all)), all)
        rounds++
      }
    },
  },
  {
    name: 'a whole record in the place of another is a miss',
    async run(place) {
      const store = place.open()
      await saveAll(store, [slotFact(1, 1), slotFact(1, 2), accountFact(1), codeFact(1)])
      const groups = await collect(store.groups.list())
      for (const { group } of groups) {
        const records = await collect(store.groups.records(group))
        const rotated = records.map(({ item }, at) => {
          return { group, item, value: records[(at + 1) % records.length]?.value as Uint8Array }
        })
        if (records.length > 1) await store.putMany(rotated)
      }
      const { cache, facts } = restarted(store)
      const keys = keysOf([slotFact(1, 1), slotFact(1, 2), accountFact(1)])
      same(
        await load(facts, keys),
        keys.map(() => undefined),
      )
      same(cache.metrics().storeCorrupt, 3)
    },
  },
  {
    name: 'a fact that was found wrong is counted and removed',
    async run(place) {
      const store = place.open()
      await saveAll(store, [codeFact(1)])
      const { cache, facts } = restarted(store)
      const [request] = keysOf([codeFact(1)])
      if (request !== undefined) facts.reject(request)
      same(cache.metrics().storeCorrupt, 1)
      await until(async () => (await collect(store.groups.list())).length === 0)
    },
  },
  {
    name: 'statistics name the blocks; pruning drops what was not used',
    async run(place) {
      const store = place.open()
      await saveAll(store, sampleFacts)
      await saveAll(store, [slotFact(1, 1)], { proven: false })
      const stats = await storeStats(store)
      const codes = sampleFacts.filter(({ kind }) => kind === 'code').length
      same(
        stats.blocks
          .map(({ records, chainId, hash }) => ({ records, chainId, hash }))
          .sort((a, b) => b.records - a.records),
        [
          { records: sampleFacts.length - codes, chainId: block.chainId, hash: block.hash },
          { records: 1, chainId: block.chainId, hash: block.hash },
        ],
      )
      same([stats.codes, stats.records], [codes, sampleFacts.length + 1])
      same((await pruneStore(store, { unusedForMs: 3_600_000 })).groups, 0)
      same((await pruneStore(store, {})).groups, 0)
      same((await pruneStore(store, { maxBytes: 0 })).groups, codes + 2)
      same((await storeStats(store)).records, 0)
      await rejectsWith(pruneStore(store, { maxBytes: -1 }), 'INVALID_INPUT')
    },
  },
  {
    name: 'a block goes to another store as one file',
    async run(place) {
      const store = place.open()
      const elsewhere = new MemoryStore()
      await saveAll(store, sampleFacts)
      const { chainId, hash } = block
      const file = await collect(exportBlock(store, { chainId, hash }))
      const imported = await importBlock(elsewhere, file)
      const carried = sampleFacts.filter((fact) => fact.kind !== 'code' || isUsed(fact.word))
      same(imported.records + imported.codes, carried.length)
      same(await load(restarted(elsewhere).facts, keysOf(carried)), carried)
      await pruneStore(store, { maxBytes: 0 })
      const back = await collect(exportBlock(elsewhere, { chainId, hash }))
      await importBlock(store, back)
      same(await load(restarted(store).facts, keysOf(carried)), carried)
      await rejectsWith(collect(exportBlock(store, { chainId, hash: word(7) })), 'INVALID_INPUT')
    },
  },
]

function isUsed(codeHash: string): boolean {
  return sampleFacts.some((fact) => fact.kind === 'account' && fact.account.codeHash === codeHash)
}

/** Flips one bit of each record, cuts it short or lengthens it. */
async function damageAll(store: Store & { readonly groups: object }, bit: number, round: number) {
  const { groups } = store
  if (groups === undefined) throw new Error('no groups')
  let damaged = 0
  for (const { group } of await collect(groups.list())) {
    for (const { item, value } of await collect(groups.records(group))) {
      check(item.length <= MAX_ITEM_BYTES, 'an item of ours')
      const at = (damaged * 7 + round) % value.length
      const bad = value.slice()
      bad[at] = (bad[at] as number) ^ (1 << bit)
      const forms = [bad, value.subarray(0, at), Uint8Array.of(...value, 0), value.subarray(1)]
      await store.putMany([{ group, item, value: forms[(damaged + round) % 4] as Uint8Array }])
      damaged++
    }
  }
  return damaged
}
