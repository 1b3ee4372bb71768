/**
 * Block headers: encodes an answer of `eth_getBlockBy*` as RLP, for every fork of the protocol, and
 * checks that it hashes to the block's hash.
 *
 * Invariant: a header passes only if the RLP of its fields hashes to its hash, so anything that a
 * node leaves out, adds or changes is a {@link HeaderError}. Fields of later forks than those known
 * here cannot be encoded; if the hash differs, the error names the unknown fields of the answer.
 */

import type { ErrorContext } from '../../diagnostics/errors.ts'
import { ForkStateError, InvalidInputError } from '../../diagnostics/errors.ts'
import type { Hex } from '../../encoding/hex.ts'
import { toBytes, toHex, WORD_BYTES } from '../../encoding/hex.ts'
import { decodeRlpList, encodeRlpList, minimalBytes } from '../../encoding/rlp.ts'
import type { BlockHeader, HeaderFields } from '../../rpc/rpc-client.ts'

/** How a field is encoded: as an integer, as bytes, or as exactly that many bytes. */
type Shape = 'integer' | 'bytes' | 8 | 20 | 32 | 256

type FieldList = readonly (readonly [name: string, shape: Shape])[]

/** Fields of every header since Frontier, in the order of the RLP. */
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

/** Fields that later forks added, in this order. A header has all fields up to its own fork. */
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

/** Known fields of an answer: those of a header, and those that never were part of one. */
const KNOWN_FIELDS: ReadonlySet<string> = new Set([
  ...ALL_FIELDS.map(([name]) => name),
  'hash',
  'size',
  'totalDifficulty',
  'author',
])

/**
 * The header of a block cannot be verified: it does not hash to the block's hash, or it cannot be
 * encoded. Nothing of the block was used.
 */
export class HeaderError extends ForkStateError {
  override readonly code = 'HEADER_INVALID'
  /** Fields of the answer that this version does not know and that may be part of the header. */
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
 * Checks that a header hashes to its own hash.
 *
 * @param keccak256 The hash of any bytes, 32 bytes.
 * @throws HeaderError if it hashes to another value, or cannot be encoded.
 */
export function checkHeader(header: BlockHeader, keccak256: (data: Uint8Array) => Hex): void {
  const { hash, fields } = header
  const block = hash
  if (fields === undefined) {
    throw new HeaderError('the RPC client does not report the fields of the header', {
      block,
      hint: 'return `fields` from its getBlock(), or pass `trustedStateRoot`',
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
 * Decodes the RLP of a header, and computes its hash.
 *
 * @throws InvalidInputError if it is not the RLP of a header, or has unknown fields.
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
  const unknownFields = Object.keys(fields).filter((name) => !KNOWN_FIELDS.has(name))
  const details = `its fields hash to ${found}`
  if (unknownFields.length === 0) {
    return new HeaderError('the header does not hash to the block hash', {
      block: hash,
      details,
      hint: 'use another endpoint; this one answers with a wrong header',
    })
  }
  return new HeaderError(`the header has unknown fields: ${unknownFields.join(', ')}`, {
    block: hash,
    details,
    unknownFields,
    hint: 'update forkstate, or pass `trustedStateRoot`, or `verify: false` to trust the endpoint',
  })
}
