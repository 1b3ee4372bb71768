/**
 * Block headers: their RLP from what `eth_getBlockBy*` answers, for every fork of the protocol, and
 * the check that a header has the hash that names it.
 *
 * Invariant: a header passes only if the RLP of its fields has its hash, so whatever a node leaves
 * out, adds or changes ends in a {@link HeaderError}. Fields after those known here cannot be
 * encoded: where the hash does not fit, the error names what the answer has besides.
 */

import type { Hex } from '../../encoding/hex.ts'
import { toBytes, toHex, WORD_BYTES } from '../../encoding/hex.ts'
import { decodeRlpList, encodeRlpList, minimalBytes } from '../../encoding/rlp.ts'
import type { ErrorContext } from '../../errors.ts'
import { ForkStateError, InvalidInputError } from '../../errors.ts'
import type { BlockHeader, HeaderFields } from '../../rpc/rpc-client.ts'

/** How the text of a field becomes bytes: an integer, or so many bytes as they are. */
type Shape = 'integer' | 'bytes' | 8 | 20 | 32 | 256

type FieldList = readonly (readonly [name: string, shape: Shape])[]

/** Fields that every header has, from Frontier on, in the order of their RLP. */
const FRONTIER: FieldList = [
  ['parentHash', 32],
  ['sha3Uncles', 32],
  ['miner', 20],
  ['stateRoot', 32],
  ['transactionsRoot', 32],
  ['receiptsRoot', 32],
  ['logsBloom', 256],
  ['difficulty', 'integer'],
  ['number', 'integer'],
  ['gasLimit', 'integer'],
  ['gasUsed', 'integer'],
  ['timestamp', 'integer'],
  ['extraData', 'bytes'],
  ['mixHash', 32],
  ['nonce', 8],
]

/** Fields that later forks added, in this order; a header has the first so many of them. */
const LATER: FieldList = [
  ['baseFeePerGas', 'integer'], // EIP-1559, London
  ['withdrawalsRoot', 32], // EIP-4895, Shanghai
  ['blobGasUsed', 'integer'], // EIP-4844, Cancun
  ['excessBlobGas', 'integer'],
  ['parentBeaconBlockRoot', 32], // EIP-4788
  ['requestsHash', 32], // EIP-7685, Prague
  ['blockAccessListHash', 32], // EIP-7928, Amsterdam
  ['slotNumber', 'integer'], // EIP-7843
]

const ALL_FIELDS: FieldList = [...FRONTIER, ...LATER]

/** What an answer has besides the header, and never was part of one. */
const NO_HEADER_FIELDS: ReadonlySet<string> = new Set([
  ...ALL_FIELDS.map(([name]) => name),
  'hash',
  'size',
  'totalDifficulty',
  'author',
])

/**
 * The header of a block cannot be relied on: it does not have the hash that names it, or it cannot
 * be hashed. Nothing of the block is used.
 */
export class HeaderError extends ForkStateError {
  override readonly code = 'HEADER_INVALID'
  /** Fields of the answer that are not known here and may be part of the header. */
  readonly unknownFields: readonly string[]

  constructor(
    shortMessage: string,
    context: ErrorContext & { readonly unknownFields?: readonly string[] } = {},
  ) {
    super(shortMessage, context)
    this.unknownFields = context.unknownFields ?? []
  }
}

/**
 * The RLP of a header.
 *
 * @param fields As in an answer of `eth_getBlockByNumber`.
 * @throws HeaderError if a field is missing or malformed.
 */
export function encodeHeader(fields: HeaderFields): Uint8Array {
  const later = LATER.filter(([name]) => fields[name] !== undefined)
  const gap = LATER.findIndex(([name]) => fields[name] === undefined)
  if (gap >= 0 && gap < later.length) {
    throw new HeaderError(`the header lacks ${LATER[gap]?.[0]}`, {
      details: `it has ${later.map(([name]) => name).join(', ')}`,
    })
  }
  return encodeRlpList([...FRONTIER, ...later].map(([name, shape]) => bytesOf(fields, name, shape)))
}

/**
 * Holds a header against its own hash.
 *
 * @param keccak256 Of bytes, 32 bytes.
 * @throws HeaderError if it has another hash, or cannot be hashed.
 */
export function checkHeader(header: BlockHeader, keccak256: (data: Uint8Array) => Hex): void {
  const { hash, fields } = header
  const block = hash
  if (fields === undefined) {
    throw new HeaderError('the RPC client does not tell the fields of the header', {
      block,
      hint: 'give it `fields` in getBlock(), or pass `trustedStateRoot`',
    })
  }
  const found = keccak256(encodeHeader(fields))
  if (found !== hash.toLowerCase()) throw wrongHash(header, fields, found)
  const [stateRoot, parentHash] = [fields['stateRoot'], fields['parentHash']]
  const isSame =
    stateRoot?.toLowerCase() === header.stateRoot.toLowerCase() &&
    parentHash?.toLowerCase() === String(header.parentHash).toLowerCase() &&
    BigInt(fields['number'] as string) === header.number
  if (!isSame) throw new HeaderError('the header contradicts its own fields', { block })
}

/**
 * The header that an RLP is, under its hash.
 *
 * @throws InvalidInputError if it is not the RLP of a header, or has fields that are not known.
 */
export function decodeHeader(
  rlp: Uint8Array,
  keccak256: (data: Uint8Array) => Hex,
): BlockHeader & { readonly fields: HeaderFields } {
  const items = decodeRlpList(rlp, 'a header')
  const isKnown = items.length >= FRONTIER.length && items.length <= ALL_FIELDS.length
  if (!isKnown || !items.every((item, at) => fits(ALL_FIELDS[at], item))) {
    throw new InvalidInputError('the RLP is not that of a known block header')
  }
  const texts = items.map((item, at) => [ALL_FIELDS[at]?.[0], textOf(ALL_FIELDS[at], item)])
  const fields = Object.fromEntries(texts) as Record<string, Hex>
  const { number, stateRoot, parentHash, timestamp } = fields as Record<HeaderName, Hex>
  return {
    number: BigInt(number),
    hash: keccak256(rlp),
    stateRoot,
    parentHash,
    timestamp: BigInt(timestamp),
    fields,
  }
}

type HeaderName = 'number' | 'stateRoot' | 'parentHash' | 'timestamp'

function textOf(field: FieldList[number] | undefined, item: Uint8Array): Hex {
  const hex = toHex(item)
  return field?.[1] === 'integer'
    ? `0x${BigInt(item.length === 0 ? '0x0' : hex).toString(16)}`
    : hex
}

function fits(field: FieldList[number] | undefined, item: Uint8Array): boolean {
  const shape = field?.[1]
  if (shape === 'integer') return item.length <= WORD_BYTES && item[0] !== 0
  return shape === 'bytes' || item.length === shape
}

function bytesOf(fields: HeaderFields, name: string, shape: Shape): Uint8Array {
  const text: unknown = fields[name]
  if (text === undefined) throw new HeaderError(`the header lacks ${name}`)
  if (typeof text !== 'string') throw new HeaderError(`${name} of the header is malformed`)
  if (shape === 'integer') {
    if (/^0x[0-9a-f]{1,64}$/i.test(text)) return minimalBytes(BigInt(text))
  } else if (text.length % 2 === 0 && /^0x[0-9a-f]*$/i.test(text)) {
    if (shape === 'bytes' || text.length === 2 + 2 * shape) return toBytes(text as Hex, name)
  }
  throw new HeaderError(`${name} of the header is malformed`, {
    details: `got ${JSON.stringify(text.slice(0, 80))}`,
  })
}

function wrongHash({ hash }: BlockHeader, fields: HeaderFields, found: Hex): HeaderError {
  const unknownFields = Object.keys(fields).filter((name) => !NO_HEADER_FIELDS.has(name))
  const details = `its fields hash to ${found}`
  if (unknownFields.length === 0) {
    return new HeaderError('the header does not have the hash of its block', {
      block: hash,
      details,
      hint: 'use another endpoint; what this one says of the block is wrong',
    })
  }
  return new HeaderError(`the header has fields that are not known: ${unknownFields.join(', ')}`, {
    block: hash,
    details,
    unknownFields,
    hint: 'update forkstate, or pass `trustedStateRoot`, or `verify: false` to trust the endpoint',
  })
}
