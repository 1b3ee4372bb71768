/**
 * Encodes facts as records and decodes them. Integers are written without leading zeros, and the
 * empty code hash and empty root as one bit each, so most accounts and slots take a few bytes.
 */

import { EMPTY_CODE_HASH, EMPTY_ROOT } from '../../encoding/constants.ts'
import type { Hex } from '../../encoding/hex.ts'
import { toHex, WORD_BYTES, writeFixed } from '../../encoding/hex.ts'
import { readUint256, writeUint64, writeUint256 } from '../../encoding/integer.ts'
import { concatBytes } from '../bytes.ts'
import type { RecordKey } from '../store.ts'
import { kindOfKey } from './fact-key.ts'
import type { Fact, FactKey, StoredAccount, StoredPresence } from './facts.ts'
import { openRecord, sealRecord } from './record.ts'

const PRESENCES: readonly (StoredPresence | undefined)[] = [undefined, 'absent', 'empty', 'live']
const PRESENCE_MASK = 0b11
const HAS_CODE_HASH = 0b100
const HAS_STORAGE_HASH = 0b1000
const NO_STORAGE = 0b1_0000
const ALL_FLAGS = PRESENCE_MASK | HAS_CODE_HASH | HAS_STORAGE_HASH | NO_STORAGE

const scratch = new Uint8Array(WORD_BYTES)
const scratchView = new DataView(scratch.buffer)

/**
 * The record of a fact.
 *
 * @throws InvalidInputError or InvalidHexError if a field is out of range.
 */
export function encodeFact(key: RecordKey, fact: Fact): Uint8Array {
  switch (fact.kind) {
    case 'account':
      return sealRecord(key, 'account', encodeAccount(fact.account))
    case 'storage':
      writeUint256(fact.value, 'value', scratchView, 0)
      return sealRecord(key, 'storage', withoutZeros(scratch))
    case 'code':
      return sealRecord(key, 'code', fact.code)
  }
}

/** The fact in a record, or why there is none. */
export function decodeFact(
  key: RecordKey,
  expected: FactKey,
  record: Uint8Array,
): Fact | 'corrupt' | 'other-version' {
  const opened = openRecord(key, record)
  if (opened.state !== 'whole') return opened.state
  const { kind, payload } = opened
  if (kind !== expected.kind || kind !== kindOfKey(key)) return 'corrupt'
  const { address, word } = expected
  if (kind === 'code') return { kind, word, code: payload.slice() }
  if (kind === 'storage') {
    const value = readInteger(payload)
    return value === undefined ? 'corrupt' : { kind, address, word, value }
  }
  const account = decodeAccount(payload)
  return account === undefined ? 'corrupt' : { kind, address, account }
}

function encodeAccount(account: StoredAccount): Uint8Array {
  const { balance, nonce, codeHash, storageHash, presence } = account
  const parts: Uint8Array[] = []
  let flags = PRESENCES.indexOf(presence)
  if (!isHash(codeHash, EMPTY_CODE_HASH)) {
    flags |= HAS_CODE_HASH
    parts.push(hashBytes(codeHash, 'code hash'))
  }
  if (storageHash !== undefined) {
    if (isHash(storageHash, EMPTY_ROOT)) {
      flags |= NO_STORAGE
    } else {
      flags |= HAS_STORAGE_HASH
      parts.push(hashBytes(storageHash, 'storage hash'))
    }
  }
  scratch.fill(0)
  writeUint64(nonce, 'nonce', scratchView, WORD_BYTES - 8)
  const nonceBytes = withoutZeros(scratch)
  writeUint256(balance, 'balance', scratchView, 0)
  const balanceBytes = withoutZeros(scratch)
  const lengthOfNonce = Uint8Array.of(nonceBytes.length)
  return concatBytes(Uint8Array.of(flags), ...parts, lengthOfNonce, nonceBytes, balanceBytes)
}

function decodeAccount(payload: Uint8Array): StoredAccount | undefined {
  const flags = payload[0] ?? ~ALL_FLAGS
  if ((flags & ~ALL_FLAGS) !== 0) return undefined
  let at = 1
  const takeHash = (): Hex => {
    at += WORD_BYTES
    return toHex(payload, at - WORD_BYTES, at)
  }
  const hashes = (flags & HAS_CODE_HASH ? 1 : 0) + (flags & HAS_STORAGE_HASH ? 1 : 0)
  if (payload.length < 1 + hashes * WORD_BYTES + 1) return undefined
  const codeHash = flags & HAS_CODE_HASH ? takeHash() : EMPTY_CODE_HASH
  let storageHash = flags & NO_STORAGE ? EMPTY_ROOT : undefined
  if (flags & HAS_STORAGE_HASH) storageHash = takeHash()
  const nonceBytes = payload[at] as number
  if (nonceBytes > 8) return undefined
  const nonce = readInteger(payload.subarray(at + 1, at + 1 + nonceBytes))
  const balance = readInteger(payload.subarray(at + 1 + nonceBytes))
  if (nonce === undefined || balance === undefined) return undefined
  const presence = PRESENCES[flags & PRESENCE_MASK]
  return { balance, nonce, codeHash, storageHash, presence }
}

/** The integer in all of the bytes; undefined if this module did not write them. */
function readInteger(bytes: Uint8Array): bigint | undefined {
  if (bytes.length > WORD_BYTES || bytes[0] === 0) return undefined
  scratch.fill(0)
  scratch.set(bytes, WORD_BYTES - bytes.length)
  return readUint256(scratchView, 0)
}

/** A copy of the bytes after the leading zeros. */
function withoutZeros(bytes: Uint8Array): Uint8Array {
  const start = bytes.findIndex((byte) => byte !== 0)
  return start < 0 ? new Uint8Array(0) : bytes.slice(start)
}

function isHash(hash: Hex, known: Hex): boolean {
  return hash === known || hash.toLowerCase() === known
}

function hashBytes(hash: Hex, what: string): Uint8Array {
  const bytes = new Uint8Array(WORD_BYTES)
  writeFixed(hash, WORD_BYTES, what, bytes, 0)
  return bytes
}
