/**
 * Answers to recorded facts and back. Decoding trusts the recording in form as far as types go; a
 * fact that was changed by hand into something else is an error when it is used.
 */

import type { Hex } from '../../encoding/hex.ts'
import type { Asked } from '../fields.ts'
import {
  decodeArray,
  decodeData,
  decodeFixed,
  decodeNodes,
  decodeObject,
  decodeQuantity,
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
import type { RecordedAsk } from './recording.ts'

type AccountProof = Omit<EthProof, 'address' | 'storageProof'>

/** What can be asked, as keys of a recording. */
export const asks = {
  account: (block: BlockRef, address: Hex): RecordedAsk => ['account', ...place(block, address)],
  slot: (block: BlockRef, address: Hex, slot: Hex): RecordedAsk => {
    return ['slot', ...place(block, address), lower(slot)]
  },
  code: (block: BlockRef, address: Hex): RecordedAsk => ['code', ...place(block, address)],
  fields: (block: BlockRef, address: Hex): RecordedAsk => ['fields', ...place(block, address)],
  value: (block: BlockRef, address: Hex, slot: Hex): RecordedAsk => {
    return ['value', ...place(block, address), lower(slot)]
  },
  block: (name: bigint | BlockTag | Hex): RecordedAsk => ['block', lower(String(name))],
  transaction: (hash: Hex): RecordedAsk => ['transaction', lower(hash)],
  fullBlock: (hash: Hex): RecordedAsk => ['fullBlock', lower(hash)],
  touched: (name: 'accessList' | 'prestate', block: BlockRef, call: CallRequest): RecordedAsk => {
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

export function decodeAccount(answer: unknown, asked: Asked): AccountProof {
  const fields = decodeObject(answer, asked, 'the account')
  return {
    balance: decodeQuantity(fields['balance'], MAX_UINT256, asked, 'balance'),
    nonce: decodeQuantity(fields['nonce'], MAX_UINT64, asked, 'nonce'),
    codeHash: decodeFixed(fields['codeHash'], 32, asked, 'codeHash'),
    storageHash: decodeFixed(fields['storageHash'], 32, asked, 'storageHash'),
    accountProof: decodeNodes(fields['proof'], asked, 'proof'),
  }
}

export function encodeSlot({ value, proof }: StorageProof): object {
  return { value: quantity(value), proof }
}

export function decodeSlot(answer: unknown, key: Hex, asked: Asked): StorageProof {
  const fields = decodeObject(answer, asked, 'the slot')
  return {
    key,
    value: decodeQuantity(fields['value'], MAX_UINT256, asked, 'value'),
    proof: decodeNodes(fields['proof'], asked, 'proof'),
  }
}

export function encodeFields({ balance, nonce, code, codeHash }: AccountFields): object {
  return { balance: quantity(balance), nonce: quantity(nonce), code, codeHash }
}

/** Reads the fields of an account, also of one that was recorded with its proof. */
export function decodeFields(answer: unknown, asked: Asked): AccountFields {
  const { balance, nonce, code, codeHash } = decodeObject(answer, asked, 'the account')
  return {
    balance: decodeQuantity(balance, MAX_UINT256, asked, 'balance'),
    nonce: decodeQuantity(nonce, MAX_UINT64, asked, 'nonce'),
    ...(code === undefined ? {} : { code: decodeData(code, asked, 'code') }),
    ...(codeHash === undefined ? {} : { codeHash: decodeFixed(codeHash, 32, asked, 'codeHash') }),
  }
}

export function encodeValue(value: bigint): Hex {
  return quantity(value)
}

/** Reads the value of a slot, also of one that was recorded with its proof. */
export function decodeValue(answer: unknown, asked: Asked): bigint {
  const value = typeof answer === 'string' ? answer : decodeObject(answer, asked, 'value')['value']
  return decodeQuantity(value, MAX_UINT256, asked, 'value')
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
  asked: Asked,
): BlockHeader | null {
  const header = decodeBlock(answer, { ...asked, block })
  if (header === null) return null
  const { fields } = answer as { readonly fields?: unknown }
  const recorded = fields === undefined ? undefined : decodeObject(fields, asked, 'fields')
  return { ...header, fields: recorded && decodeTexts(recorded) }
}

export function decodeTouched(answer: unknown, asked: Asked): readonly AccessListEntry[] {
  return decodeArray(answer, asked, 'the list').map((item) => {
    const { address, storageKeys } = decodeObject(item, asked, 'entry')
    return {
      address: decodeFixed(address, 20, asked, 'address'),
      storageKeys: decodeArray(storageKeys, asked, 'storageKeys').map((key) =>
        decodeFixed(key, 32, asked, 'storage key'),
      ),
    }
  })
}
