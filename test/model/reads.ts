/** One read of a state manager, and the value that it must give by the model. */

import { type Hex, keccak256 } from 'viem'

import type { StateManager } from '../../src/index.ts'
import { word } from '../support/sample-keys.ts'
import type { Model } from './model.ts'
import { ADDRESSES, CODES, type Read, SLOTS } from './operations.ts'

const CODE_HASHES = new Map(CODES.map((code) => [code, keccak256(code)]))

/** What a read must give, in a form that compares with `===`. */
export function expectedValue(model: Model, read: Read): unknown {
  const address = ADDRESSES[read.account] as Hex
  const account = model.account(address)
  switch (read.op) {
    case 'getBalance':
      return account?.balance ?? 0n
    case 'getNonce':
      return account?.nonce ?? 0n
    case 'getCode':
      return account?.code ?? '0x'
    case 'getStorage':
      return word(model.storage(address, SLOTS[read.slot] as Hex))
    case 'getAccount':
      return account === undefined
        ? 'absent'
        : describeAccount({ ...account, codeHash: CODE_HASHES.get(account.code) as Hex })
  }
}

/** Reads from the state manager. */
export async function get(state: StateManager, read: Read): Promise<unknown> {
  const address = ADDRESSES[read.account] as Hex
  if (read.op === 'getStorage') return state.getStorage(address, SLOTS[read.slot] as Hex)
  if (read.op !== 'getAccount') return state[read.op](address)
  const account = await state.getAccount(address)
  return account === undefined ? 'absent' : describeAccount(account)
}

/** The known value; undefined if it is unknown. */
export function peek(state: StateManager, read: Read): unknown {
  const address = ADDRESSES[read.account] as Hex
  switch (read.op) {
    case 'getBalance':
      return state.peekBalance(address)
    case 'getNonce':
      return state.peekNonce(address)
    case 'getCode':
      return state.peekCode(address)
    case 'getStorage':
      return state.peekStorage(address, SLOTS[read.slot] as Hex)
    case 'getAccount': {
      const account = state.peekAccount(address)
      if (account === undefined) return undefined
      return account === null ? 'absent' : describeAccount(account)
    }
  }
}

function describeAccount(account: {
  readonly balance: bigint
  readonly nonce: bigint
  readonly codeHash: Hex
}): string {
  return `balance ${account.balance}, nonce ${account.nonce}, code hash ${account.codeHash}`
}

/** Everything one can read of an account. */
export function readsOf(account: number): readonly Read[] {
  return [
    { op: 'getAccount', account },
    { op: 'getBalance', account },
    { op: 'getNonce', account },
    { op: 'getCode', account },
    ...SLOTS.map((_, slot) => ({ op: 'getStorage', account, slot }) as const),
  ]
}

/** The read as text, for messages. */
export function describe(read: Read): string {
  return 'slot' in read ? `${read.op} ${read.account}, ${read.slot}` : `${read.op} ${read.account}`
}
