/** Reads and writes of accounts, and reads of code, that are known. */

import { Account, type Address } from '@ethereumjs/util'
import type { Hex, StateManager } from '../../src/index.ts'
import type { AccountInterface, Fields } from '../kit/accounts.ts'
import { balanceOf, managedAccounts, mapOfAccounts, ownAccounts } from '../kit/accounts.ts'
import type { Contender, Group } from '../kit/group.ts'
import { type ContenderJob, jobOfRow, oneProcessEach } from '../kit/jobs.ts'
import { addressOf, visitsOf } from '../kit/keys.ts'
import { type Measurement, type MeasureOptions, measureLoop } from '../kit/measure.ts'
import type { Manager } from '../kit/peers.ts'

/** Calls of one kind to the states of an interface. */
interface Work<State, Place, Value> {
  readonly workload: string
  /** Code is another subject, of which less fits into memory. */
  readonly isCode?: true
  readonly isAwaited?: true
  /** What the account reads afterwards. */
  answer(state: State): (place: Place) => unknown
  expected(account: number): unknown
  /** Default: the answer itself. */
  write?(state: State): (place: Place, value: Value) => unknown
}

interface Api<State, Place, Value> extends AccountInterface<State, Place> {
  /** What a write writes. */
  next?(account: number): Value
  readonly works: readonly Work<State, Place, Value>[]
}

interface Effort extends MeasureOptions {
  /** Visits prepared, a power of two; they are repeated. */
  readonly visits: number
}

const SIZES = [1_000, 100_000]
/** For forkstate and the map alone: the caches of others hold 100,000 accounts, or take minutes. */
const LARGE = 1_000_000
const CONTRACTS = 1_000
const CODE_BYTES = 6_000

const nextBalanceOf = (account: number): bigint => balanceOf(account) + 1n
const nonceOf = (account: number): bigint => BigInt(account) + 1n
const fieldsOf = (account: number): Fields => ({
  nonce: nonceOf(account),
  balance: balanceOf(account),
})

/** Code of a contract, another one for each. */
function codeOf(account: number): Uint8Array {
  const code = new Uint8Array(CODE_BYTES).fill(0x5b)
  code.set(addressOf(account))
  return code
}

/** What is compared: of an account, its balance and its nonce. */
function textOf(answer: unknown): string {
  if (answer instanceof Uint8Array) return Buffer.from(answer).toString('hex')
  const { nonce, balance } = Object(answer) as Partial<Fields>
  return balance === undefined ? `${answer}` : `nonce ${nonce}, balance ${balance}`
}

const READ_BALANCE = 'balance read at once, hex address (`peekBalance`)'

const own: Api<StateManager, Hex, bigint> = {
  ...ownAccounts,
  next: nextBalanceOf,
  works: [
    {
      workload: READ_BALANCE,
      answer: (of) => (place) => of.peekBalance(place),
      expected: balanceOf,
    },
    {
      workload: 'nonce read at once, hex address (`peekNonce`)',
      answer: (of) => (place) => of.peekNonce(place),
      expected: nonceOf,
    },
    {
      workload: 'account read at once, hex address (`peekAccount`)',
      answer: (of) => (place) => of.peekAccount(place),
      expected: fieldsOf,
    },
    {
      workload: 'balance read, awaited, hex address (`getBalance`)',
      isAwaited: true,
      answer: (of) => (place) => of.getBalance(place),
      expected: balanceOf,
    },
    {
      workload: `code of ${CODE_BYTES} bytes read at once (\`peekCodeBytes\`)`,
      isCode: true,
      answer: (of) => (place) => of.peekCodeBytes(place),
      expected: codeOf,
    },
    {
      workload: 'balance write, hex address (`setBalance`)',
      answer: (of) => (place) => of.peekBalance(place),
      expected: nextBalanceOf,
      write: (of) => (place, written) => of.setBalance(place, written),
    },
  ],
}

const map: Api<Map<string, Fields>, string, undefined> = {
  ...mapOfAccounts,
  works: [
    {
      workload: READ_BALANCE,
      answer: (of) => (place) => of.get(place)?.balance,
      expected: balanceOf,
    },
  ],
}

const managed: Api<Manager, Address, Account> = {
  ...managedAccounts,
  next: (account) => new Account(nonceOf(account), nextBalanceOf(account)),
  works: [
    {
      workload: 'account read, awaited, EthereumJS interface (`getAccount`)',
      isAwaited: true,
      answer: (of) => (place) => of.getAccount(place),
      expected: fieldsOf,
    },
    {
      workload: `code of ${CODE_BYTES} bytes read, awaited, EthereumJS interface (\`getCode\`)`,
      isCode: true,
      isAwaited: true,
      answer: (of) => (place) => of.getCode(place),
      expected: codeOf,
    },
    {
      workload: 'account write, EthereumJS interface (`putAccount`)',
      isAwaited: true,
      answer: (of) => async (place) => (await of.getAccount(place))?.balance,
      expected: nextBalanceOf,
      write: (of) => (place, account) => of.putAccount(place, account),
    },
  ],
}

export const group: Group = {
  title: 'Warm accounts and code',
  runtimes: ['Node'],
  jobs({ isQuick }) {
    const jobs = [...jobsOf(own, isQuick), ...jobsOf(map, isQuick), ...jobsOf(managed, isQuick)]
    return isQuick ? oneProcessEach(jobs) : jobs
  },
}

function jobsOf<State, Place, Value>(
  api: Api<State, Place, Value>,
  isQuick: boolean,
): readonly ContenderJob[] {
  const effort = isQuick
    ? { visits: 256, calls: 256, rounds: 2 }
    : { visits: 2 ** 16, calls: 2 ** 16, rounds: 7 }
  return api.works.flatMap((work) =>
    api.contenders.flatMap((contender) => {
      const many = contender.name.startsWith('@') ? SIZES : [...SIZES, LARGE]
      const sizes = work.isCode ? [CONTRACTS] : many
      return (isQuick ? [100] : sizes).map((size) =>
        jobOfRow(contender, work.workload, size, { size, keys: 'uniform' }, () =>
          measure(api, work, contender, { ...effort, size }),
        ),
      )
    }),
  )
}

/** @throws Error if an account does not read as it must, after the first calls. */
async function measure<State, Place, Value>(
  api: Api<State, Place, Value>,
  work: Work<State, Place, Value>,
  { name, open }: Contender<State>,
  { visits, size, ...options }: Effort & { readonly size: number },
): Promise<Measurement> {
  const state = await open()
  for (let account = 0; account < size; account++) {
    const place = api.place(addressOf(account))
    await api.put(state, place, fieldsOf(account))
    if (work.isCode) await api.putCode(state, place, codeOf(account))
  }
  const answer = work.answer(state)
  const call: (place: Place, value: Value) => unknown = work.write?.(state) ?? answer
  const accounts = visitsOf('uniform', size, visits)
  const places = Array.from(accounts, (account) => api.place(addressOf(account)))
  const values = Array.from(accounts, (account) => api.next?.(account))
  for (const [at, account] of accounts.entries()) {
    await call(places[at] as Place, values[at] as Value)
    const found = textOf(await answer(places[at] as Place))
    if (found !== textOf(work.expected(account))) {
      throw new Error(`${name}: account ${account} is ${found}`)
    }
  }
  globalThis.gc?.()
  const mask = visits - 1
  let last: unknown
  const atOnce = (calls: number, first: number): void => {
    for (let at = first; at < first + calls; at++) {
      last = call(places[at & mask] as Place, values[at & mask] as Value)
    }
  }
  const inTurn = async (calls: number, first: number): Promise<void> => {
    for (let at = first; at < first + calls; at++) {
      last = await call(places[at & mask] as Place, values[at & mask] as Value)
    }
  }
  const took = await measureLoop(work.isAwaited ? inTurn : atOnce, options)
  if (last === null) throw new Error('an account was not found')
  return took
}
