/** Reads and writes of accounts, and reads of code, that are known. */

import { Account, type Address } from '@ethereumjs/util'
import type { Hex, StateManager } from '../../src/index.ts'
import type { AccountInterface, Fields } from '../kit/accounts.ts'
import { balanceOf, managedAccounts, mapOfAccounts, ownAccounts } from '../kit/accounts.ts'
import { type Contender, type Group, rowOf } from '../kit/group.ts'
import { type ContenderJob, oneProcessEach } from '../kit/jobs.ts'
import { addressOf, visitsOf } from '../kit/keys.ts'
import { type Measurement, type MeasureOptions, measureLoop } from '../kit/measure.ts'
import type { Manager } from '../kit/peers.ts'

/** Calls of one kind; what they are called, and what comes of them. */
interface Work<State, Place, Value> {
  readonly workload: string
  /** Of an answer. Code is another subject, of which less fits into memory. */
  readonly about: 'account' | 'code'
  readonly isAwaited?: true
  isRight(answer: unknown, account: number): boolean
  /** What the account reads afterwards. */
  answer(state: State): (place: Place) => unknown
  /** Default: the answer itself. */
  write?(state: State): (place: Place, value: Value) => unknown
}

/** Calls to the states of an interface. */
interface Api<State, Place, Value> extends AccountInterface<State, Place> {
  /** What a write writes. */
  next(account: number): Value
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

/** Code of a contract, another one for each. */
function codeOf(account: number): Uint8Array {
  const code = new Uint8Array(CODE_BYTES).fill(0x5b)
  code.set(addressOf(account))
  return code
}

const balance = {
  about: 'account',
  isRight: (answer: unknown, account: number) => answer === balanceOf(account),
} as const
const nextBalance = {
  about: 'account',
  isRight: (answer: unknown, account: number) => answer === nextBalanceOf(account),
} as const
const nonce = {
  about: 'account',
  isRight: (answer: unknown, account: number) => answer === nonceOf(account),
} as const
const whole = {
  about: 'account',
  isRight: (answer: unknown, account: number) => {
    const found = answer as Partial<Fields>
    return found.balance === balanceOf(account) && found.nonce === nonceOf(account)
  },
} as const
const code = {
  about: 'code',
  isRight: (answer: unknown, account: number) =>
    answer instanceof Uint8Array && Buffer.compare(answer, codeOf(account)) === 0,
} as const

const awaited = { isAwaited: true } as const

const READ_BALANCE = 'balance read at once, hex address (`peekBalance`)'
const READ_NONCE = 'nonce read at once, hex address (`peekNonce`)'
const READ_ACCOUNT = 'account read at once, hex address (`peekAccount`)'
const AWAIT_BALANCE = 'balance read, awaited, hex address (`getBalance`)'
const READ_CODE = `code of ${CODE_BYTES} bytes read at once (\`peekCodeBytes\`)`
const WRITE_BALANCE = 'balance write, hex address (`setBalance`)'
const AWAIT_ACCOUNT = 'account read, awaited, EthereumJS interface (`getAccount`)'
const AWAIT_CODE = `code of ${CODE_BYTES} bytes read, awaited, EthereumJS interface (\`getCode\`)`
const WRITE_ACCOUNT = 'account write, EthereumJS interface (`putAccount`)'

const own: Api<StateManager, Hex, bigint> = {
  ...ownAccounts,
  next: nextBalanceOf,
  works: [
    { ...balance, workload: READ_BALANCE, answer: (of) => (place) => of.peekBalance(place) },
    { ...nonce, workload: READ_NONCE, answer: (of) => (place) => of.peekNonce(place) },
    { ...whole, workload: READ_ACCOUNT, answer: (of) => (place) => of.peekAccount(place) },
    {
      ...{ ...balance, ...awaited, workload: AWAIT_BALANCE },
      answer: (of) => (place) => of.getBalance(place),
    },
    { ...code, workload: READ_CODE, answer: (of) => (place) => of.peekCodeBytes(place) },
    {
      ...{ ...nextBalance, workload: WRITE_BALANCE },
      answer: (of) => (place) => of.peekBalance(place),
      write: (of) => (place, written) => of.setBalance(place, written),
    },
  ],
}

const map: Api<Map<string, Fields>, string, undefined> = {
  ...mapOfAccounts,
  next: () => undefined,
  works: [
    { ...balance, workload: READ_BALANCE, answer: (of) => (place) => of.get(place)?.balance },
  ],
}

const managed: Api<Manager, Address, Account> = {
  ...managedAccounts,
  next: (account) => new Account(nonceOf(account), nextBalanceOf(account)),
  works: [
    {
      ...{ ...whole, ...awaited, workload: AWAIT_ACCOUNT },
      answer: (of) => (place) => of.getAccount(place),
    },
    {
      ...{ ...code, ...awaited, workload: AWAIT_CODE },
      answer: (of) => (place) => of.getCode(place),
    },
    {
      ...{ ...nextBalance, ...awaited, workload: WRITE_ACCOUNT },
      answer: (of) => async (place) => (await of.getAccount(place))?.balance,
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
      const { name } = contender
      const many = name.startsWith('@') ? SIZES : [...SIZES, LARGE]
      const sizes = work.about === 'code' ? [CONTRACTS] : many
      return (isQuick ? [100] : sizes).map((size) => ({
        contender: name,
        name: `${work.workload}, ${name}, ${size}`,
        async run() {
          const took = await measure(api, work, contender, { ...effort, size })
          return [rowOf(contender, work.workload, took, { size, keys: 'uniform' })]
        },
      }))
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
    await api.put(state, place, { nonce: nonceOf(account), balance: balanceOf(account) })
    if (work.about === 'code') await api.putCode(state, place, codeOf(account))
  }
  const answer = work.answer(state)
  const call: (place: Place, value: Value) => unknown = work.write?.(state) ?? answer
  const accounts = visitsOf('uniform', size, visits)
  const places = Array.from(accounts, (account) => api.place(addressOf(account)))
  const values = Array.from(accounts, (account) => api.next(account))
  for (const [at, account] of accounts.entries()) {
    await call(places[at] as Place, values[at] as Value)
    const found = await answer(places[at] as Place)
    if (!work.isRight(found, account)) throw new Error(`${name}: account ${account} is ${found}`)
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
