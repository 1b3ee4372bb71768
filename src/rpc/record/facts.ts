/**
 * Encodes answers as facts of a recording, and decodes them again. Decoding checks types; a fact
 * that was changed by hand into something invalid is an error when it is used.
 */

import type { Hex } from '../../encoding/hex.ts'
import type { CallContext } from '../fields.ts'
import {
  decodeArray,
  decodeData,
  decodeFixed,
  decodeObject,
  decodeQuantity,
  decodeTrieNodes,
  MAX_UINT64,
  MAX_UINT256,
} from '../fields.ts'
import { decodeBlock, decodeTexts, describeBlock } from '../methods/validate.ts'
import { encodeCallRequest } from '../methods/validate-state.ts'
import type {
  AccessListEntry,
  AccountFields,
  BlockHeader,
  BlockRef,
  BlockTag,
  CallRequest,
  EthProof,
  StorageProof,
} from '../rpc-client.ts'
import type { RecordedRequest } from './recording.ts'

type AccountProof = Omit<EthProof, 'address' | 'storageProof'>

/** Requests, as keys of a recording. */
export const requests = {
  account: (block: BlockRef, address: Hex): RecordedRequest => [
    'account',
    ...place(block, address),
  ],
  slot: (block: BlockRef, address: Hex, slot: Hex): RecordedRequest => {
    return ['slot', ...place(block, address), lower(slot)]
  },
  code: (block: BlockRef, address: Hex): RecordedRequest => ['code', ...place(block, address)],
  fields: (block: BlockRef, address: Hex): RecordedRequest => ['fields', ...place(block, address)],
  value: (block: BlockRef, address: Hex, slot: Hex): RecordedRequest => {
    return ['value', ...place(block, address), lower(slot)]
  },
  block: (name: bigint | BlockTag | Hex): RecordedRequest => ['block', lower(String(name))],
  transaction: (hash: Hex): RecordedRequest => ['transaction', lower(hash)],
  fullBlock: (hash: Hex): RecordedRequest => ['fullBlock', lower(hash)],
  touched: (
    name: 'accessList' | 'prestate',
    block: BlockRef,
    call: CallRequest,
  ): RecordedRequest => {
    return [name, lower(describeBlock(block)), lower(JSON.stringify(encodeCallRequest(call)))]
  },
}

function place(block: BlockRef, address: Hex): readonly [string, string] {
  return [lower(describeBlock(block)), lower(address)]
}

function lower(text: string): string {
  return text.toLowerCase()
}

function quantity(value: bigint): Hex {
  return `0x${value.toString(16)}`
}

export function encodeAccount(proof: EthProof): object {
  const { balance, nonce, codeHash, storageHash, accountProof } = proof
  return {
    balance: quantity(balance),
    nonce: quantity(nonce),
    codeHash,
    storageHash,
    proof: accountProof,
  }
}

export function decodeAccount(answer: unknown, context: CallContext): AccountProof {
  const fields = decodeObject(answer, context, 'the account')
  return {
    balance: decodeQuantity(fields['balance'], MAX_UINT256, context, 'balance'),
    nonce: decodeQuantity(fields['nonce'], MAX_UINT64, context, 'nonce'),
    codeHash: decodeFixed(fields['codeHash'], 32, context, 'codeHash'),
    storageHash: decodeFixed(fields['storageHash'], 32, context, 'storageHash'),
    accountProof: decodeTrieNodes(fields['proof'], context, 'proof'),
  }
}

export function encodeSlot({ value, proof }: StorageProof): object {
  return { value: quantity(value), proof }
}

export function decodeSlot(answer: unknown, key: Hex, context: CallContext): StorageProof {
  const fields = decodeObject(answer, context, 'the slot')
  return {
    key,
    value: decodeQuantity(fields['value'], MAX_UINT256, context, 'value'),
    proof: decodeTrieNodes(fields['proof'], context, 'proof'),
  }
}

export function encodeFields({ balance, nonce, code, codeHash }: AccountFields): object {
  return { balance: quantity(balance), nonce: quantity(nonce), code, codeHash }
}

/** Decodes the fields of an account, also of one that was recorded with its proof. */
export function decodeFields(answer: unknown, context: CallContext): AccountFields {
  const { balance, nonce, code, codeHash } = decodeObject(answer, context, 'the account')
  return {
    balance: decodeQuantity(balance, MAX_UINT256, context, 'balance'),
    nonce: decodeQuantity(nonce, MAX_UINT64, context, 'nonce'),
    ...(code === undefined ? {} : { code: decodeData(code, context, 'code') }),
    ...(codeHash === undefined ? {} : { codeHash: decodeFixed(codeHash, 32, context, 'codeHash') }),
  }
}

export function encodeValue(value: bigint): Hex {
  return quantity(value)
}

/** Decodes the value of a slot, also of one that was recorded with its proof. */
export function decodeValue(answer: unknown, context: CallContext): bigint {
  const value =
    typeof answer === 'string' ? answer : decodeObject(answer, context, 'value')['value']
  return decodeQuantity(value, MAX_UINT256, context, 'value')
}

export function encodeHeader(header: BlockHeader | null): object | null {
  if (header === null) return null
  const { number, hash, stateRoot, parentHash, timestamp, fields } = header
  return {
    number: quantity(number),
    hash,
    stateRoot,
    parentHash,
    timestamp: quantity(timestamp),
    fields,
  }
}

export function decodeHeader(
  answer: unknown,
  block: bigint | BlockTag | Hex,
  context: CallContext,
): BlockHeader | null {
  const header = decodeBlock(answer, { ...context, block })
  if (header === null) return null
  const { fields } = answer as { readonly fields?: unknown }
  const recorded = fields === undefined ? undefined : decodeObject(fields, context, 'fields')
  return { ...header, fields: recorded && decodeTexts(recorded) }
}

export function decodeTouched(answer: unknown, context: CallContext): readonly AccessListEntry[] {
  return decodeArray(answer, context, 'the list').map((item) => {
    const { address, storageKeys } = decodeObject(item, context, 'entry')
    return {
      address: decodeFixed(address, 20, context, 'address'),
      storageKeys: decodeArray(storageKeys, context, 'storageKeys').map((key) =>
        decodeFixed(key, 32, context, 'storage key'),
      ),
    }
  })
}
