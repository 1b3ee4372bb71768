/** The store contract: records. */

import type { StoreRecord } from '../../src/store/store.ts'
import { MAX_GROUP_BYTES, MAX_ITEM_BYTES } from '../../src/store/store.ts'
import { seededFractions } from '../support/random.ts'
import { check, randomBytes, rejectsWith, same } from './checks.ts'
import { bytes, type ContractCase, key, manyRecords, record } from './contract-case.ts'

export const recordCases: readonly ContractCase[] = [
  {
    name: 'what was never put is absent',
    async run(place) {
      const store = place.open()
      same(await store.getMany([]), [])
      same(await store.getMany([key('a', '1'), key('b', '')]), [undefined, undefined])
    },
  },
  {
    name: 'values come in the order of the keys, also for a key that is asked for twice',
    async run(place) {
      const store = place.open()
      await store.putMany([record('a', '1', 'one'), record('a', '2', 'two'), record('b', '1', '')])
      const keys = [key('a', '2'), key('b', '1'), key('c', '1'), key('a', '1'), key('a', '2')]
      const [two, empty, absent, one] = [bytes('two'), bytes(''), undefined, bytes('one')]
      same(await store.getMany(keys), [two, empty, absent, one, two])
    },
  },
  {
    name: 'a later put wins, within one call too',
    async run(place) {
      const store = place.open()
      await store.putMany([record('a', '1', 'old'), record('a', '2', 'first')])
      await store.putMany([record('a', '1', 'new'), record('a', '3', 'x'), record('a', '3', 'y')])
      const keys = [key('a', '1'), key('a', '2'), key('a', '3')]
      same(await store.getMany(keys), [bytes('new'), bytes('first'), bytes('y')])
    },
  },
  {
    name: 'names are bytes, and one that begins like another is another',
    async run(place) {
      const store = place.open()
      const names = [[0], [0, 0], [255], [255, 255], [123, 58, 125], [13, 10], [0x80, 0xc3]]
      const all: StoreRecord[] = names.flatMap((group, at) =>
        [[], ...names].map((item, place_) => ({
          group: Uint8Array.from(group),
          item: Uint8Array.from(item),
          value: Uint8Array.of(at, place_),
        })),
      )
      await store.putMany(all)
      const values = all.map(({ value }) => value)
      same(await store.getMany(all), values)
    },
  },
  {
    name: 'bytes handed in and out are copies',
    async run(place) {
      const store = place.open()
      const mine = record('a', '1', 'value')
      const putting = store.putMany([mine])
      await putting
      mine.value.fill(0)
      mine.group.fill(0)
      mine.item.fill(0)
      const [first] = await store.getMany([key('a', '1')])
      same(first, bytes('value'))
      first?.fill(0)
      same(await store.getMany([key('a', '1')]), [bytes('value')])
    },
  },
  {
    name: 'the longest names are taken, longer ones are refused and change nothing',
    async run(place) {
      const store = place.open()
      const long = {
        group: new Uint8Array(MAX_GROUP_BYTES).fill(7),
        item: new Uint8Array(MAX_ITEM_BYTES).fill(8),
        value: bytes('long'),
      }
      await store.putMany([long])
      same(await store.getMany([long]), [bytes('long')])
      const tooLong = [
        { ...long, group: new Uint8Array(MAX_GROUP_BYTES + 1) },
        { ...long, group: new Uint8Array(0) },
        { ...long, item: new Uint8Array(MAX_ITEM_BYTES + 1) },
      ]
      for (const bad of tooLong) {
        await rejectsWith(store.putMany([record('a', '1', 'x'), bad]), 'INVALID_INPUT')
      }
      same(await store.getMany([key('a', '1')]), [undefined])
    },
  },
  {
    name: 'values of no bytes and of a megabyte come back',
    async run(place) {
      const store = place.open()
      const large = randomBytes(1_000_000, seededFractions(1))
      await store.putMany([
        { ...key('a', 'large'), value: large },
        { ...key('a', 'none'), value: bytes('') },
      ])
      const [value, none] = await store.getMany([key('a', 'large'), key('a', 'none')])
      check(value?.length === large.length, 'as long')
      check(
        value.every((byte, at) => byte === large[at]),
        'the same bytes',
      )
      same(none, bytes(''))
    },
  },
  {
    name: 'thousands of records in one call',
    async run(place) {
      const store = place.open()
      const records = [...manyRecords('a', 2_500), ...manyRecords('b', 600)]
      await store.putMany(records)
      const values = await store.getMany(records)
      same(
        values,
        records.map(({ value }) => value),
      )
    },
  },
  {
    name: 'deleting removes what is there and nothing else',
    async run(place) {
      const store = place.open()
      await store.deleteMany([key('a', '1')])
      await store.putMany([record('a', '1', 'x'), record('a', '2', 'y'), record('b', '1', 'z')])
      await store.deleteMany([key('a', '1'), key('a', '3'), key('c', '1')])
      const keys = [key('a', '1'), key('a', '2'), key('b', '1')]
      same(await store.getMany(keys), [undefined, bytes('y'), bytes('z')])
    },
  },
  {
    name: 'closing waits for what was begun, and ends the store',
    async run(place, kind) {
      const store = place.open()
      const records = manyRecords('a', 1_500)
      const ended: string[] = []
      const putting = store.putMany(records).then(() => ended.push('put'))
      await store.close().then(() => ended.push('closed'))
      await putting
      same(ended, ['put', 'closed'])
      await rejectsWith(store.getMany([key('a', '1')]), 'STORE_UNAVAILABLE')
      await rejectsWith(store.putMany(records), 'STORE_UNAVAILABLE')
      await rejectsWith(store.deleteMany(records), 'STORE_UNAVAILABLE')
      if (!kind.isKept) return
      const values = await place.open().getMany(records)
      same(values.filter((value) => value === undefined).length, 0, 'records lost')
    },
  },
  {
    name: 'records outlive their store',
    needs: 'keeping',
    async run(place) {
      const first = place.open()
      await first.putMany([record('a', '1', 'kept'), record('b', '', 'too')])
      await first.close()
      const second = place.open()
      same(await second.getMany([key('a', '1'), key('b', '')]), [bytes('kept'), bytes('too')])
    },
  },
  {
    name: 'what one store puts another on the same place has at once',
    needs: 'sharing',
    async run(place) {
      const [one, other] = [place.open(), place.open()]
      same(await other.getMany([key('a', '1')]), [undefined])
      await one.putMany([record('a', '1', 'x')])
      same(await other.getMany([key('a', '1')]), [bytes('x')])
      await other.deleteMany([key('a', '1')])
      same(await one.getMany([key('a', '1')]), [undefined])
    },
  },
  {
    name: 'closing one store leaves another on the same place open',
    needs: 'sharing',
    async run(place) {
      const [one, other] = [place.open(), place.open()]
      await one.putMany([record('a', '1', 'x')])
      same(await other.getMany([key('a', '1')]), [bytes('x')])
      await one.close()
      await other.putMany([record('a', '2', 'y')])
      same(await other.getMany([key('a', '1'), key('a', '2')]), [bytes('x'), bytes('y')])
    },
  },
]
