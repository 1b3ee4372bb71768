/** Reads and writes of accounts, and reads of code, that are known. */

import { Account, type Address } from '@ethereumjs/util'
import type { Hex, StateManager } from '../../src/index.ts'
import { ACCOUNT_MAP, balanceOf } from '../kit/accounts.ts'
import { adapters, engines, hexState, ownStates } from '../kit/forkstate.ts'
import type { Contender, Group } from '../kit/group.ts'
import { type ContenderJob, jobOfRow, oneProcessEach } from '../kit/jobs.ts'
import { addressOf, visitsOf } from '../kit/keys.ts'
import { type Measurement, type MeasureOptions, measureLoop } from '../kit/measure.ts'
import { type Manager, MERKLE, type Peer, RPC, SIMPLE, statesOf, TEVM } from '../kit/peers.ts'
import type { Fields, State } from '../kit/state.ts'

type Work<Raw, Place, Value> = readonly [
  workload: string,
  /** What the account reads afterwards. */
  expected: (account: number) => unknown,
  /** What is timed where nothing is written. */
  answer: (raw: Raw, place: Place) => unknown,
  write?: (raw: Raw, place: Place, value: Value) => unknown,
]

interface Api<Raw, Place, Value> {
  readonly contenders: readonly Contender<State>[]
  next?(account: number): Value
  readonly works: readonly Work<Raw, Place, Value>[]
}

interface Effort extends MeasureOptions {
  /** A power of two. */
  readonly visits: number
}

const SIZES = [1_000, 100_000]
/** For forkstate and the map alone: the caches of others hold 100,000 accounts, or take minutes. */
const LARGE = 1_000_000
const CONTRACTS = 1_000
const CODE_BYTES = 6_000

const nextBalanceOf = (account: number): bigint => balanceOf(account) + 1n
const nonceOf = (account: number): bigint => BigInt(account) + 1n
const fieldsOf = (account: number): Fields => {
  return { nonce: nonceOf(account), balance: balanceOf(account) }
}
/** Code is another subject, of which less fits into memory. */
const isCode = (workload: string): boolean => workload.startsWith('code')

function codeOf(account: number): Uint8Array {
  const code = new Uint8Array(CODE_BYTES).fill(0x5b)
  code.set(addressOf(account))
  return code
}

function textOf(answer: unknown): string {
  if (answer instanceof Uint8Array) return Buffer.from(answer).toString('hex')
  const { nonce, balance } = Object(answer) as Partial<Fields>
  return balance === undefined ? `${answer}` : `nonce ${nonce}, balance ${balance}`
}

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
  contenders: ownStates(engines, hexState),
  next: nextBalanceOf,
  works: [
    [READ_BALANCE, balanceOf, (of, place) => of.peekBalance(place)],
    [READ_NONCE, nonceOf, (of, place) => of.peekNonce(place)],
    [READ_ACCOUNT, fieldsOf, (of, place) => of.peekAccount(place)],
    [AWAIT_BALANCE, balanceOf, (of, place) => of.getBalance(place)],
    [READ_CODE, codeOf, (of, place) => of.peekCodeBytes(place)],
    [
      WRITE_BALANCE,
      nextBalanceOf,
      (of, place) => of.peekBalance(place),
      (of, place, balance) => of.setBalance(place, balance),
    ],
  ],
}

const map: Api<Map<string, Fields>, string, undefined> = {
  contenders: [ACCOUNT_MAP],
  works: [[READ_BALANCE, balanceOf, (of, place) => of.get(place)?.balance]],
}

const managed: Api<Manager, Address, Account> = {
  contenders: [...adapters, SIMPLE, RPC, MERKLE, TEVM].map((peer: Peer) => statesOf(peer)),
  next: (account) => new Account(nonceOf(account), nextBalanceOf(account)),
  works: [
    [AWAIT_ACCOUNT, fieldsOf, (of, place) => of.getAccount(place)],
    [AWAIT_CODE, codeOf, (of, place) => of.getCode(place)],
    [
      WRITE_ACCOUNT,
      nextBalanceOf,
      async (of, place) => (await of.getAccount(place))?.balance,
      (of, place, account) => of.putAccount(place, account),
    ],
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

function jobsOf<Raw, Place, Value>(
  api: Api<Raw, Place, Value>,
  isQuick: boolean,
): readonly ContenderJob[] {
  const effort = isQuick
    ? { visits: 256, calls: 256, rounds: 2 }
    : { visits: 2 ** 16, calls: 2 ** 16, rounds: 7 }
  return api.works.flatMap((work) =>
    api.contenders.flatMap((contender) => {
      const [workload] = work
      const many = contender.name.startsWith('@') ? SIZES : [...SIZES, LARGE]
      const sizes = isCode(workload) ? [CONTRACTS] : many
      return (isQuick ? [100] : sizes).map((size) =>
        jobOfRow(contender, workload, size, { size, keys: 'uniform' }, () =>
          measure(contender, api, work, { ...effort, size }),
        ),
      )
    }),
  )
}

async function measure<Raw, Place, Value>(
  { name, open }: Contender<State>,
  { next }: Api<Raw, Place, Value>,
  [workload, expected, answer, write]: Work<Raw, Place, Value>,
  { visits, size, ...options }: Effort & { readonly size: number },
): Promise<Measurement> {
  const state = await open()
  for (let account = 0; account < size; account++) {
    const place = state.place(addressOf(account))
    await state.putAccount(place, fieldsOf(account))
    if (isCode(workload)) await state.putCode(place, codeOf(account))
  }
  const raw = state.raw as Raw
  const call: NonNullable<typeof write> = write ?? answer
  const accounts = visitsOf('uniform', size, visits)
  const places = Array.from(accounts, (account) => state.place(addressOf(account)) as Place)
  const values = Array.from(accounts, (account) => next?.(account) as Value)
  for (const [at, account] of accounts.entries()) {
    await call(raw, places[at] as Place, values[at] as Value)
    const found = textOf(await answer(raw, places[at] as Place))
    if (found !== textOf(expected(account))) throw new Error(`${name}: ${account} is ${found}`)
  }
  globalThis.gc?.()
  const mask = visits - 1
  let last: unknown
  const atOnce = (calls: number, first: number): void => {
    for (let at = first; at < first + calls; at++) {
      last = call(raw, places[at & mask] as Place, values[at & mask] as Value)
    }
  }
  const inTurn = async (calls: number, first: number): Promise<void> => {
    for (let at = first; at < first + calls; at++) {
      last = await call(raw, places[at & mask] as Place, values[at & mask] as Value)
    }
  }
  const took = await measureLoop(/awaited|EthereumJS/.test(workload) ? inTurn : atOnce, options)
  if (last === null) throw new Error('an account was not found')
  return took
}
