/** The store contract: groups, their counts, and the bound on the size. */

import type { FullStore } from '../../src/store/store.ts'
import { recordBytes } from '../../src/store/store.ts'
import { seededFractions } from '../support/random.ts'
import { check, collect, nextMillisecond, rejectsWith, same } from './checks.ts'
import { bytes, type ContractCase, key, manyRecords, record } from './contract-case.ts'

async function namesOf(store: FullStore): Promise<readonly string[]> {
  const groups = await collect(store.groups.list())
  return groups.map(({ group }) => new TextDecoder().decode(group)).sort()
}

async function headOf(store: FullStore, name: string) {
  const groups = await collect(store.groups.list())
  return groups.find(({ group }) => new TextDecoder().decode(group) === name)
}

export const groupCases: readonly ContractCase[] = [
  {
    name: 'groups are counted exactly, whatever is put twice or deleted',
    async run(place, kind) {
      const store = place.open()
      same(await namesOf(store), [])
      const records = manyRecords('a', 300)
      await store.putMany([...records, record('b', '1', 'x')])
      await store.putMany([...records.slice(0, 100), record('a', 'item 0', 'a longer value')])
      await store.deleteMany([...records.slice(200), key('a', 'absent')])
      same(await namesOf(store), ['a', 'b'])
      const left = [record('a', 'item 0', 'a longer value'), ...records.slice(1, 200)]
      const head = await headOf(store, 'a')
      same(head?.records, 200)
      check((head?.bytes ?? 0) > 0, 'it has bytes')
      check(Math.abs((head?.usedAtMs ?? 0) - Date.now()) < 3_600_000, 'used in this hour')
      const expected = left.reduce((sum, { item, value }) => sum + recordBytes(item, value), 0)
      if (kind.countsExactly) same(head?.bytes, expected, 'bytes')
      await store.deleteMany([key('b', '1')])
      same(await namesOf(store), ['a'])
    },
  },
  {
    name: 'all records of a group are gone through once',
    async run(place) {
      const store = place.open()
      const records = manyRecords('a', 2_300)
      await store.putMany([...records, ...manyRecords('aa', 5), ...manyRecords('b', 5)])
      const found = await collect(store.groups.records(bytes('a')))
      const texts = found.map(({ item, value }) => {
        return `${new TextDecoder().decode(item)}=${new TextDecoder().decode(value)}`
      })
      same(
        texts.sort(),
        records
          .map(({ item, value }) => {
            return `${new TextDecoder().decode(item)}=${new TextDecoder().decode(value)}`
          })
          .sort(),
      )
      same(await collect(store.groups.records(bytes('none'))), [])
    },
  },
  {
    name: 'a group goes as a whole, and comes back empty',
    async run(place) {
      const store = place.open()
      const records = manyRecords('a', 1_200)
      await store.putMany([...records, record('b', '1', 'stays')])
      await store.groups.delete(bytes('a'))
      await store.groups.delete(bytes('none'))
      same(await namesOf(store), ['b'])
      same(await collect(store.groups.records(bytes('a'))), [])
      await store.putMany([record('a', 'item 1', 'again')])
      const keys = [key('a', 'item 0'), key('a', 'item 1'), key('b', '1')]
      same(await store.getMany(keys), [undefined, bytes('again'), bytes('stays')])
      same((await headOf(store, 'a'))?.records, 1)
    },
  },
  {
    name: 'touching a group marks it as used, and makes none',
    async run(place) {
      const store = place.open()
      await store.putMany([record('a', '1', 'x')])
      const before = await headOf(store, 'a')
      await nextMillisecond()
      await store.groups.touch([bytes('a'), bytes('none')])
      const after = await headOf(store, 'a')
      check((after?.usedAtMs ?? 0) > (before?.usedAtMs ?? 0), 'used later')
      same(after?.records, 1)
      same(await namesOf(store), ['a'])
    },
  },
  {
    name: 'above its bound the least recently used groups go',
    async run(place) {
      const maxBytes = 60_000
      const store = place.open({ maxBytes })
      const value = 'v'.repeat(1_000)
      for (let at = 0; at < 12; at++) {
        const group = `group ${String(at).padStart(2, '0')}`
        const records = Array.from({ length: 10 }, (_, item) => record(group, `${item}`, value))
        await store.putMany(records)
        await nextMillisecond()
        await store.groups.touch([bytes('group 00')])
        await nextMillisecond()
      }
      const names = await namesOf(store)
      check(names.includes('group 00'), 'the one that is used is kept')
      check(names.includes('group 11'), 'the newest is kept')
      check(!names.includes('group 01'), 'the oldest is gone')
      const heads = await collect(store.groups.list())
      const total = heads.reduce((sum, head) => sum + head.bytes, 0)
      check(total <= maxBytes * 1.4, `${total} bytes are about within the bound`)
      for (const { records } of heads) same(records, 10, 'records of a group that is there')
    },
  },
  {
    name: 'a bound that is none is refused',
    async run(place) {
      for (const maxBytes of [0, -1, Number.NaN]) {
        await rejectsWith((async () => place.open({ maxBytes }))(), 'INVALID_INPUT')
      }
    },
  },
  {
    name: 'groups of a closed store are not to be had',
    async run(place) {
      const store = place.open()
      await store.putMany([record('a', '1', 'x')])
      await store.close()
      await rejectsWith(collect(store.groups.list()), 'STORE_UNAVAILABLE')
      await rejectsWith(collect(store.groups.records(bytes('a'))), 'STORE_UNAVAILABLE')
      await rejectsWith(store.groups.touch([bytes('a')]), 'STORE_UNAVAILABLE')
      await rejectsWith(store.groups.delete(bytes('a')), 'STORE_UNAVAILABLE')
    },
  },
  {
    name: 'two stores on one place count exactly together',
    needs: 'sharing',
    async run(place) {
      const stores = [place.open(), place.open()] as const
      const records = manyRecords('a', 400)
      await Promise.all([
        stores[0].putMany(records.slice(0, 300)),
        stores[1].putMany(records.slice(100)),
        stores[0].putMany(manyRecords('b', 50)),
        stores[1].putMany(manyRecords('b', 60)),
      ])
      for (const store of stores) {
        same((await headOf(store, 'a'))?.records, 400)
        same((await headOf(store, 'b'))?.records, 60)
      }
    },
  },
  {
    name: 'random operations leave what a map would hold (seed 20261123)',
    async run(place) {
      const random = seededFractions(20_261_123)
      const pick = (count: number): number => Math.floor(random() * count)
      const store = place.open()
      const model = new Map<string, Map<string, string>>()
      for (let step = 0; step < 60; step++) {
        const picked = Array.from({ length: 1 + pick(20) }, () => {
          return { group: `g${pick(4)}`, item: `i${pick(30)}`, value: `v${step} ${pick(9)}` }
        })
        const action = pick(10)
        if (action < 6) {
          await store.putMany(picked.map(({ group, item, value }) => record(group, item, value)))
          for (const { group, item, value } of picked) {
            const items = model.get(group) ?? new Map<string, string>()
            model.set(group, items.set(item, value))
          }
        } else if (action < 9) {
          await store.deleteMany(picked.map(({ group, item }) => key(group, item)))
          for (const { group, item } of picked) model.get(group)?.delete(item)
        } else {
          const group = `g${pick(4)}`
          await store.groups.delete(bytes(group))
          model.delete(group)
        }
      }
      for (const [group, items] of model) if (items.size === 0) model.delete(group)
      same(await namesOf(store), [...model.keys()].sort())
      for (const [group, items] of model) {
        const found = await collect(store.groups.records(bytes(group)))
        const decoder = new TextDecoder()
        const pairs = found.map(({ item, value }) => [decoder.decode(item), decoder.decode(value)])
        same(pairs.sort(), [...items].sort(), group)
        same((await headOf(store, group))?.records, items.size, 'count')
      }
    },
  },
]
