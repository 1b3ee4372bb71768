/**
 * A program that fills an LMDB store together with another one, and reads back what both wrote
 * while the file grows. Prints `right` if every record it found was, else `wrong` and how many were
 * not.
 *
 * Arguments: folder, number of writers, which of them it is, bytes to write.
 */

import { equalBytes } from '../../src/store/bytes.ts'
import { LmdbStore } from '../../src/store/lmdb.ts'
import type { RecordKey, StoreRecord } from '../../src/store/store.ts'
import { bytes } from './contract-case.ts'

const [folder = '', writers = '1', self = '0', limit = '0'] = process.argv.slice(2)
/** From less than a page of LMDB to many. */
const SIZES = [50, 1_500, 30_000, 250_000]
const RECORDS_PER_WRITE = 6
/** Others are that far behind or ahead, at most. */
const LOOK_AHEAD = 20

function keyOf(writer: number, number: number): RecordKey {
  return { group: bytes(`writer ${writer}`), item: bytes(`record ${number}`) }
}

/** The one right record of a name. */
function recordOf(writer: number, number: number): StoreRecord {
  const value = new Uint8Array(SIZES[(number + writer) % SIZES.length] as number)
  for (let at = 0; at < value.length; at++) value[at] = (at * 31 + number * 7 + writer) & 0xff
  return { ...keyOf(writer, number), value }
}

const store = new LmdbStore({ path: folder })
let wrong = 0

/** Looks at records of all writers, also such as are being written. */
async function lookAround(written: number): Promise<void> {
  const names = Array.from({ length: 2 * RECORDS_PER_WRITE }, (_, at): [number, number] => {
    return [at % Number(writers), Math.floor(Math.random() * (written + LOOK_AHEAD))]
  })
  const found = await store.getMany(names.map(([writer, number]) => keyOf(writer, number)))
  names.forEach(([writer, number], at) => {
    const value = found[at]
    const isOwn = writer === Number(self) && number < written
    const isRight = value === undefined ? !isOwn : equalBytes(value, recordOf(writer, number).value)
    if (!isRight) wrong++
  })
}

let size = 0
for (let written = 0; size < Number(limit); written += RECORDS_PER_WRITE) {
  const records = Array.from({ length: RECORDS_PER_WRITE }, (_, at) => {
    return recordOf(Number(self), written + at)
  })
  size += records.reduce((sum, { value }) => sum + value.length, 0)
  const writing = store.putMany(records)
  await lookAround(written)
  await writing
  await lookAround(written + RECORDS_PER_WRITE)
}
await store.close()
process.stdout.write(wrong === 0 ? 'right\n' : `wrong ${wrong}\n`)
