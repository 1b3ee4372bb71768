/** Reads and writes of accounts, and reads of code, that are known. */

import type { AccountApi } from '../kit/account-apis.ts'
import { accountApis, isAboutCode } from '../kit/account-apis.ts'
import type { Group, Row } from '../kit/group.ts'
import { visitsOf } from '../kit/keys.ts'
import type { Measurement, MeasureOptions } from '../kit/measure.ts'
import { measureLoop } from '../kit/measure.ts'
import type { SubjectJob } from '../kit/one-process.ts'
import { oneProcessEach } from '../kit/one-process.ts'

interface Effort {
  /** Visits prepared, a power of two; they are repeated. */
  readonly visits: number
  readonly calls: number
  readonly rounds: number
}

const SIZES = [1_000, 100_000]
/** For forkstate and the map alone: the caches of others hold 100,000 accounts, or take minutes. */
const LARGE = 1_000_000
const CONTRACTS = 1_000

export const warmAccounts: Group = {
  name: 'warm-accounts',
  title: 'Warm accounts and code',
  about:
    'Accounts with random addresses, a balance and a nonce, visited in a prepared uniform random ' +
    'order. forkstate copies code for its reader; the others give the array that they hold.',
  runtimes: ['Node'],
  jobs({ isQuick }) {
    const effort = isQuick
      ? { visits: 256, calls: 256, rounds: 2 }
      : { visits: 2 ** 16, calls: 2 ** 16, rounds: 7 }
    const sizes = (api: AccountApi) => {
      if (isQuick) return [100]
      if (isAboutCode(api)) return [CONTRACTS]
      return api.isLarge ? [...SIZES, LARGE] : SIZES
    }
    const jobs = accountApis.flatMap((api) => sizes(api).map((size) => jobOf(api, size, effort)))
    return isQuick ? oneProcessEach(jobs) : jobs
  },
}

function jobOf(api: AccountApi, size: number, effort: Effort): SubjectJob {
  const { workload, subject, note } = api
  return {
    subject,
    name: `${workload}, ${subject}, ${size}`,
    async run(): Promise<readonly Row[]> {
      const took = await measure(api, size, effort)
      const row = { workload, subject, size, keys: 'uniform', unit: 'ns', ...took } as const
      return [note === undefined ? row : { ...row, note }]
    },
  }
}

/** @throws Error if an account does not read as it must, after the first calls. */
async function measure(
  { subject, open, isRight, isAwaited }: AccountApi,
  size: number,
  { visits, ...effort }: Effort,
): Promise<Measurement> {
  const { place, value, call, answer } = await open(size)
  const accounts = visitsOf('uniform', size, visits)
  const places = Array.from(accounts, place)
  const values = Array.from(accounts, value)
  for (const [at, account] of accounts.entries()) {
    await call(places[at], values[at])
    const found = await answer(places[at])
    if (!isRight(found, account)) throw new Error(`${subject}: account ${account} is ${found}`)
  }
  globalThis.gc?.()
  return await measureCalls(call, { places, values }, { ...effort, isAwaited })
}

interface Arguments {
  readonly places: readonly unknown[]
  readonly values: readonly unknown[]
}

async function measureCalls(
  call: (place: unknown, value: unknown) => unknown,
  { places, values }: Arguments,
  options: MeasureOptions & { readonly isAwaited: boolean },
): Promise<Measurement> {
  const mask = places.length - 1
  let last: unknown
  const atOnce = (calls: number, first: number): void => {
    for (let at = first; at < first + calls; at++) last = call(places[at & mask], values[at & mask])
  }
  const awaited = async (calls: number, first: number): Promise<void> => {
    for (let at = first; at < first + calls; at++) {
      last = await call(places[at & mask], values[at & mask])
    }
  }
  const took = await measureLoop(options.isAwaited ? awaited : atOnce, options)
  if (last === null) throw new Error('an account was not found')
  return took
}
