/**
 * Checks of what a client answers about an account and slots of it, against what was asked.
 *
 * The result is a plain copy with every field checked, so that taking it into the core neither
 * stops half-way at a wrong field nor runs code of a user's own client.
 */

import type { Hex } from '../../encoding/hex.ts'
import { ADDRESS_BYTES, toBytes, WORD_BYTES } from '../../encoding/hex.ts'
import type { AccountFact } from '../../ffi/account-fact.ts'
import { RpcResponseError } from '../../rpc/errors.ts'
import { MAX_UINT64, MAX_UINT256 } from '../../rpc/fields.ts'
import type { AccountState, EthProof } from '../../rpc/rpc-client.ts'

const SLOT = 'the value of a slot'

/** An account and slots of it. */
export interface AccountQuestion {
  readonly method: string
  /** 20 bytes, lower case. */
  readonly address: Hex
  /** 32 bytes each, lower case. */
  readonly slots: readonly Hex[]
}

/** A checked answer. */
export interface AccountAnswer {
  /** Undefined if only slots were asked for. */
  readonly fact: AccountFact | undefined
  /** In the order of the slots. */
  readonly values: readonly bigint[]
  /** The proof that came with it, not yet checked; undefined if none came, or not as text. */
  readonly proof: AccountProofNodes | undefined
  /** Whether the proof was checked. */
  readonly isProven?: true
}

/** The trie nodes that prove an account and its slots, each list from the root down. */
export interface AccountProofNodes {
  readonly account: readonly Hex[]
  readonly slots: readonly (readonly Hex[])[]
}

/**
 * Checks an answer of `eth_getProof`.
 *
 * @throws RpcResponseError if it is for another account or other slots, or a field is malformed.
 */
export function checkProof(given: EthProof, asked: AccountQuestion): AccountAnswer {
  const proof = membersOf(given)
  const { address, codeHash, storageHash, storageProof, accountProof } = proof
  const entries = Array.isArray(storageProof) ? Array.from(storageProof, membersOf) : []
  const keys = entries.map(({ key }) => (typeof key === 'string' ? key.toLowerCase() : key))
  const hasKeys = keys.length === asked.slots.length && asked.slots.every((s, at) => s === keys[at])
  if (!isSameAddress(address, asked) || !hasKeys) throw wrongAnswer(asked)
  return {
    fact: {
      ...requireFields(proof, asked),
      codeHash: requireHash(codeHash, asked, 'codeHash'),
      storageHash: requireHash(storageHash, asked, 'storageHash'),
    },
    values: entries.map(({ value }) => requireUint(value, MAX_UINT256, asked, SLOT)),
    proof: proofNodesOf(
      accountProof,
      entries.map(({ proof: nodes }) => nodes),
    ),
  }
}

function proofNodesOf(account: unknown, slots: readonly unknown[]): AccountProofNodes | undefined {
  const lists = [account, ...slots].map((list) => (Array.isArray(list) ? [...list] : undefined))
  const isText = lists.every((list) => list?.every((node) => typeof node === 'string'))
  if (!isText) return undefined
  const [first, ...rest] = lists as Hex[][]
  return { account: first ?? [], slots: rest }
}

/**
 * As {@link checkProof}, for an answer without proofs.
 *
 * @param keccak256 Computes the code hash where the answer has only the code.
 */
export function checkState(
  given: AccountState,
  asked: AccountQuestion & { readonly want: 'all' | 'slots' },
  keccak256: (data: Uint8Array) => Hex,
): AccountAnswer {
  const { address, account, values } = membersOf(given)
  const list: readonly unknown[] = Array.isArray(values) ? [...values] : []
  const isRight = isSameAddress(address, asked) && list.length === asked.slots.length
  if (!isRight) throw wrongAnswer(asked)
  const wantsAccount = asked.want === 'all'
  return {
    fact: wantsAccount ? requireAccount(membersOf(account), asked, keccak256) : undefined,
    values: list.map((value) => requireUint(value, MAX_UINT256, asked, SLOT)),
    proof: undefined,
  }
}

interface Members {
  readonly [name: string]: unknown
}

function membersOf(value: unknown): Members {
  return typeof value === 'object' && value !== null ? (value as Members) : {}
}

function requireAccount(
  account: Members,
  asked: AccountQuestion,
  keccak256: (data: Uint8Array) => Hex,
): AccountFact {
  const { code, codeHash } = account
  if (codeHash === undefined && code === undefined) throw wrongAnswer(asked)
  const fields = requireFields(account, asked)
  if (codeHash !== undefined) {
    return { ...fields, codeHash: requireHash(codeHash, asked, 'codeHash') }
  }
  return { ...fields, codeHash: keccak256(toBytes(code as Hex, 'code')) }
}

function requireFields({ balance, nonce }: Members, asked: AccountQuestion) {
  return {
    balance: requireUint(balance, MAX_UINT256, asked, 'balance'),
    nonce: requireUint(nonce, MAX_UINT64, asked, 'nonce'),
  }
}

function requireUint(value: unknown, max: bigint, asked: AccountQuestion, field: string): bigint {
  if (typeof value === 'bigint' && value >= 0n && value <= max) return value
  throw malformed(asked, `${field} must be a bigint from 0 to ${max}`)
}

function requireHash(value: unknown, asked: AccountQuestion, field: string): Hex {
  if (isHexOf(value, WORD_BYTES)) return value
  throw malformed(asked, `${field} must be 0x hex of ${WORD_BYTES} bytes`)
}

function isSameAddress(value: unknown, { address }: AccountQuestion): boolean {
  return isHexOf(value, ADDRESS_BYTES) && value.toLowerCase() === address
}

function isHexOf(value: unknown, length: number): value is Hex {
  return typeof value === 'string' && value.length === 2 + 2 * length && /^0x[\da-f]*$/i.test(value)
}

function wrongAnswer({ method, address }: AccountQuestion): RpcResponseError {
  const endpoint = 'the RPC client'
  const problem = 'answered for another account or other slots'
  return new RpcResponseError(`${endpoint} ${problem}`, { method, endpoint, address })
}

function malformed({ method, address }: AccountQuestion, details: string): RpcResponseError {
  const endpoint = 'the RPC client'
  const problem = 'answered with a malformed value'
  return new RpcResponseError(`${method}: ${endpoint} ${problem}`, {
    method,
    endpoint,
    address,
    details,
  })
}
