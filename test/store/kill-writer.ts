/**
 * A program that writes to an LMDB store until it is killed: records that other writers write too,
 * records of its own whose number it prints once they are stored, deletions and claims.
 *
 * Arguments: folder, name, seed.
 */

import { LmdbStore } from '../../src/store/lmdb.ts'
import { seededFractions } from '../support/random.ts'
import { bytes, key } from './contract-case.ts'
import { knownRecord } from './known-records.ts'

const [folder = '', name = '', seed = '0'] = process.argv.slice(2)
const random = seededFractions(Number(seed))
const pick = (count: number): number => Math.floor(random() * count)
const holder = new Uint8Array(16).fill(pick(256))

const store = new LmdbStore({ path: folder })

for (let own = 0; ; own++) {
  const shared = Array.from({ length: 1 + pick(400) }, () => {
    return knownRecord(`shared ${pick(5)}`, `item ${pick(400)}`)
  })
  await store.claims.claim(shared.slice(0, 20), { holder, ttlMs: 1_000 })
  await store.putMany([knownRecord(`own ${name}`, `item ${own}`), ...shared])
  process.stdout.write(`${own}\n`)
  if (pick(4) === 0) await store.groups.delete(bytes(`shared ${pick(5)}`))
  if (pick(4) === 0) await store.deleteMany(shared.slice(0, 10))
  if (pick(4) === 0) await store.groups.touch([key(`own ${name}`, '').group])
}
