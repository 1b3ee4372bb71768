/** The store contract: claims. */

import { HOLDER_BYTES } from '../../src/store/store.ts'
import { rejectsWith, same, until } from './checks.ts'
import { type ContractCase, key, manyRecords, record } from './contract-case.ts'

const ME = new Uint8Array(HOLDER_BYTES).fill(1)
const YOU = new Uint8Array(HOLDER_BYTES).fill(255)
const LONG_MS = 600_000

export const claimCases: readonly ContractCase[] = [
  {
    name: 'a claim is granted to one, who may renew it',
    async run(place) {
      const { claims } = place.open()
      const keys = [key('a', '1'), key('a', '2'), key('b', '')]
      same(await claims.claim([], { holder: ME, ttlMs: LONG_MS }), [])
      const first = await claims.claim(keys.slice(0, 2), { holder: ME, ttlMs: LONG_MS })
      same(first, ['granted', 'granted'])
      const second = await claims.claim(keys, { holder: YOU, ttlMs: LONG_MS })
      same(second, ['held', 'held', 'granted'])
      const third = await claims.claim(keys, { holder: ME, ttlMs: LONG_MS })
      same(third, ['granted', 'granted', 'held'])
    },
  },
  {
    name: 'what is stored needs no claim, and putting it ends the claim',
    async run(place) {
      const store = place.open()
      const keys = [key('a', '1'), key('a', '2')]
      await store.claims.claim(keys, { holder: ME, ttlMs: LONG_MS })
      await store.putMany([record('a', '1', 'x')])
      const yours = await store.claims.claim(keys, { holder: YOU, ttlMs: LONG_MS })
      same(yours, ['stored', 'held'])
      await store.deleteMany([key('a', '1')])
      const again = await store.claims.claim(keys, { holder: YOU, ttlMs: LONG_MS })
      same(again, ['granted', 'held'])
    },
  },
  {
    name: 'a claim is given back by its holder only',
    async run(place) {
      const { claims } = place.open()
      const keys = [key('a', '1'), key('a', '2')]
      await claims.claim(keys, { holder: ME, ttlMs: LONG_MS })
      await claims.release([...keys, key('b', '1')], YOU)
      same(await claims.claim(keys, { holder: YOU, ttlMs: LONG_MS }), ['held', 'held'])
      await claims.release(keys.slice(0, 1), ME)
      same(await claims.claim(keys, { holder: YOU, ttlMs: LONG_MS }), ['granted', 'held'])
    },
  },
  {
    name: 'a claim ends by itself',
    async run(place) {
      const { claims } = place.open()
      const keys = [key('a', '1')]
      same(await claims.claim(keys, { holder: ME, ttlMs: 30 }), ['granted'])
      await until(async () => {
        const [outcome] = await claims.claim(keys, { holder: YOU, ttlMs: LONG_MS })
        return outcome === 'granted'
      })
      same(await claims.claim(keys, { holder: ME, ttlMs: LONG_MS }), ['held'])
    },
  },
  {
    name: 'claims are no records',
    async run(place) {
      const store = place.open()
      const keys = manyRecords('a', 700)
      await store.claims.claim(keys, { holder: ME, ttlMs: LONG_MS })
      const values = await store.getMany(keys)
      same(values.filter((value) => value !== undefined).length, 0)
      for await (const { records } of store.groups.list()) same(records, 0)
    },
  },
  {
    name: 'a claim without a right holder or time is refused',
    async run(place) {
      const { claims } = place.open()
      const keys = [key('a', '1')]
      const short = ME.subarray(1)
      await rejectsWith(claims.claim(keys, { holder: short, ttlMs: LONG_MS }), 'INVALID_INPUT')
      for (const ttlMs of [0, -1, Number.NaN]) {
        await rejectsWith(claims.claim(keys, { holder: ME, ttlMs }), 'INVALID_INPUT')
      }
    },
  },
  {
    name: 'a closed store grants nothing',
    async run(place) {
      const store = place.open()
      await store.close()
      const terms = { holder: ME, ttlMs: LONG_MS }
      await rejectsWith(store.claims.claim([key('a', '1')], terms), 'STORE_UNAVAILABLE')
      await rejectsWith(store.claims.release([key('a', '1')], ME), 'STORE_UNAVAILABLE')
    },
  },
  {
    name: 'of two stores on one place each key is granted to one',
    needs: 'sharing',
    async run(place) {
      const [one, other] = [place.open(), place.open()]
      const keys = manyRecords('a', 200)
      const [mine, yours] = await Promise.all([
        one.claims.claim(keys, { holder: ME, ttlMs: LONG_MS }),
        other.claims.claim([...keys].reverse(), { holder: YOU, ttlMs: LONG_MS }),
      ])
      const reversed = [...yours].reverse()
      for (const [at, outcome] of mine.entries()) {
        same([outcome, reversed[at]].sort(), ['granted', 'held'], `key ${at}`)
      }
    },
  },
]
