/**
 * The ways to read and write accounts and code that are compared: forkstate's own with hex
 * addresses, a plain map, and the `StateManagerInterface` of EthereumJS over forkstate and its
 * peers. Arguments are made before anything is timed.
 */

import { Account, Address } from '@ethereumjs/util'
import { toHex } from '../../src/encoding/hex.ts'
import type { Hex } from '../../src/index.ts'
import { StateManager } from '../../src/index.ts'
import { addressOf } from './keys.ts'
import type { PeerState } from './peers.ts'
import { peers } from './peers.ts'
import { engines } from './subjects.ts'

/** Calls of one kind to one state. */
interface Calls<Place = unknown, Value = unknown> {
  /** An address as it is passed. */
  place(account: number): Place
  /** What a write of an account writes. */
  value(account: number): Value
  call(place: Place, value: Value): unknown
  /** What the account reads afterwards; reads give it themselves. */
  answer(place: Place): unknown
}

export interface AccountApi {
  readonly workload: string
  readonly subject: string
  readonly note?: string
  readonly isAwaited: boolean
  /** Whether it holds a million accounts within seconds. */
  readonly isLarge: boolean
  /** A state of so many accounts, each with a balance, a nonce, and code where that is read. */
  open(size: number): Promise<Calls>
  isRight(answer: unknown, account: number): boolean
}

const CODE_BYTES = 6_000
const READ_BALANCE = 'balance read at once, hex address (`peekBalance`)'
const READ_NONCE = 'nonce read at once, hex address (`peekNonce`)'
const READ_ACCOUNT = 'account read at once, hex address (`peekAccount`)'
const AWAIT_BALANCE = 'balance read, awaited, hex address (`getBalance`)'
const AWAIT_ACCOUNT = 'account read, awaited, EthereumJS interface (`getAccount`)'
const WRITE_BALANCE = 'balance write, hex address (`setBalance`)'
const WRITE_ACCOUNT = 'account write, EthereumJS interface (`putAccount`)'
const READ_CODE = `code of ${CODE_BYTES} bytes read at once (\`peekCodeBytes\`)`
const AWAIT_CODE = `code of ${CODE_BYTES} bytes read, awaited, EthereumJS interface (\`getCode\`)`

const balanceOf = (account: number): bigint => 10n ** 18n + BigInt(account) * 1_000_003n
/** What is written over it. */
const nextBalanceOf = (account: number): bigint => balanceOf(account) + 1n
const nonceOf = (account: number): bigint => BigInt(account) + 1n
const hexOf = (account: number): Hex => toHex(addressOf(account))

/** Code of a contract, another one for each. */
function codeOf(account: number): Uint8Array {
  const code = new Uint8Array(CODE_BYTES).fill(0x5b)
  code.set(addressOf(account))
  return code
}

const isBalance = (answer: unknown, account: number): boolean => answer === balanceOf(account)
const isNextBalance = (answer: unknown, account: number): boolean =>
  answer === nextBalanceOf(account)
const isNonce = (answer: unknown, account: number): boolean => answer === nonceOf(account)

function isAccount(answer: unknown, account: number): boolean {
  const { balance, nonce } = answer as Partial<Account>
  return balance === balanceOf(account) && nonce === nonceOf(account)
}

function isCode(answer: unknown, account: number): boolean {
  if (!(answer instanceof Uint8Array)) return false
  return Buffer.compare(answer, codeOf(account)) === 0
}

type Reader<State, Place> = (state: State) => (place: Place) => unknown

/** What one API does with an address, by the names of its workloads. */
interface OwnWork {
  readonly workload: string
  readonly isRight: AccountApi['isRight']
  readonly reader: Reader<StateManager, Hex>
  readonly writer?: (state: StateManager) => (place: Hex, balance: bigint) => unknown
}

const ownWorks: readonly OwnWork[] = [
  {
    workload: READ_BALANCE,
    isRight: isBalance,
    reader: (state) => (place) => state.peekBalance(place),
  },
  {
    workload: READ_NONCE,
    isRight: isNonce,
    reader: (state) => (place) => state.peekNonce(place),
  },
  {
    workload: READ_ACCOUNT,
    isRight: isAccount,
    reader: (state) => (place) => state.peekAccount(place),
  },
  {
    workload: AWAIT_BALANCE,
    isRight: isBalance,
    reader: (state) => (place) => state.getBalance(place),
  },
  {
    workload: READ_CODE,
    isRight: isCode,
    reader: (state) => (place) => state.peekCodeBytes(place),
  },
  {
    workload: WRITE_BALANCE,
    isRight: isNextBalance,
    reader: (state) => (place) => state.peekBalance(place),
    writer: (state) => (place, balance) => state.setBalance(place, balance),
  },
]

const ownApis: readonly AccountApi[] = ownWorks.flatMap(({ workload, isRight, reader, writer }) =>
  engines.map(({ name, load }) => ({
    workload,
    subject: name,
    isAwaited: workload === AWAIT_BALANCE,
    isLarge: true,
    isRight,
    async open(size: number) {
      const state = new StateManager({ ffi: await load() })
      for (let account = 0; account < size; account++) {
        const address = addressOf(account)
        state.setBalance(address, balanceOf(account))
        state.setNonce(address, nonceOf(account))
        if (workload === READ_CODE) state.setCode(address, codeOf(account))
      }
      const answer = reader(state)
      const call = writer?.(state) ?? answer
      const calls: Calls<Hex, bigint> = { place: hexOf, value: nextBalanceOf, call, answer }
      return calls
    },
  })),
)

interface InterfaceWork {
  readonly workload: string
  readonly isRight: AccountApi['isRight']
  readonly reader: Reader<PeerState, Address>
  readonly writer?: (state: PeerState) => (place: Address, account: Account) => unknown
}

const interfaceWorks: readonly InterfaceWork[] = [
  {
    workload: AWAIT_ACCOUNT,
    isRight: isAccount,
    reader: (state) => (place) => state.getAccount(place),
  },
  {
    workload: AWAIT_CODE,
    isRight: isCode,
    reader: (state) => (place) => state.getCode(place),
  },
  {
    workload: WRITE_ACCOUNT,
    isRight: isNextBalance,
    reader: (state) => async (place) => (await state.getAccount(place))?.balance,
    writer: (state) => (place, account) => state.putAccount(place, account),
  },
]

const interfaceApis: readonly AccountApi[] = interfaceWorks.flatMap(
  ({ workload, isRight, reader, writer }) =>
    peers.map(({ name, note, make }) => ({
      workload,
      subject: name,
      ...(note !== undefined && { note }),
      isAwaited: true,
      isLarge: name.startsWith('forkstate'),
      isRight,
      async open(size: number) {
        const state = await make()
        for (let account = 0; account < size; account++) {
          const address = new Address(addressOf(account))
          await state.putAccount(address, new Account(nonceOf(account), balanceOf(account)))
          if (workload === AWAIT_CODE) await state.putCode(address, codeOf(account))
        }
        const answer = reader(state)
        const calls: Calls<Address, Account> = {
          place: (account) => new Address(addressOf(account)),
          value: (account) => new Account(nonceOf(account), nextBalanceOf(account)),
          call: writer?.(state) ?? answer,
          answer,
        }
        return calls
      },
    })),
)

/** The least in JavaScript; the texts of its keys keep their hashes, once worked out. */
const mapApi: AccountApi = {
  workload: READ_BALANCE,
  subject: 'Map',
  note: 'finds the object it was given by a text whose hash is known',
  isAwaited: false,
  isLarge: true,
  isRight: isBalance,
  async open(size) {
    const state = new Map<string, { readonly nonce: bigint; readonly balance: bigint }>()
    for (let account = 0; account < size; account++) {
      state.set(hexOf(account), { nonce: nonceOf(account), balance: balanceOf(account) })
    }
    const answer = (place: string) => state.get(place)?.balance
    const calls: Calls<string, undefined> = {
      place: hexOf,
      value: () => undefined,
      call: answer,
      answer,
    }
    return calls
  },
}

export const accountApis: readonly AccountApi[] = [...ownApis, mapApi, ...interfaceApis]

/** Whether it is about code, of which less fits into memory. */
export function isAboutCode({ workload }: AccountApi): boolean {
  return workload === READ_CODE || workload === AWAIT_CODE
}
