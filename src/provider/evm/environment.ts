/** The block environment of a call: the fields of the pinned block, with overrides. */

import { ZERO_WORD } from '../../encoding/constants.ts'
import type { Hex } from '../../encoding/hex.ts'
import { toBytes } from '../../encoding/hex.ts'
import type { HeaderFields } from '../../rpc/rpc-client.ts'
import { ProviderRpcError, RPC_CODES } from '../errors.ts'
import {
  invalidParams,
  readHex,
  readObject,
  readOptionalQuantity,
  readQuantity,
} from '../params.ts'

/** Fields of a block that opcodes can read. */
export interface BlockEnvironment {
  readonly number: bigint
  /** Seconds since 1970. */
  readonly timestamp: bigint
  /** 20 bytes. */
  readonly coinbase: Hex
  readonly gasLimit: bigint
  readonly difficulty: bigint
  /** 32 bytes. */
  readonly prevRandao: Hex
  /** In wei; undefined before London. */
  readonly baseFeePerGas: bigint | undefined
  /** In wei; undefined to compute it from the header. */
  readonly blobBaseFee: bigint | undefined
}

const ZERO_ADDRESS: Hex = `0x${'00'.repeat(20)}`

/** The block of a state in memory. */
const MEMORY_ENVIRONMENT: BlockEnvironment = {
  number: 0n,
  timestamp: 0n,
  coinbase: ZERO_ADDRESS,
  gasLimit: 30_000_000n,
  difficulty: 0n,
  prevRandao: ZERO_WORD,
  baseFeePerGas: 0n,
  blobBaseFee: 1n,
}

/** @param fields The header as `eth_getBlockByNumber` returns it; undefined in memory. */
export function environmentOf(fields: HeaderFields | undefined): BlockEnvironment {
  if (fields === undefined) return MEMORY_ENVIRONMENT
  return {
    number: need(fields, 'number'),
    timestamp: need(fields, 'timestamp'),
    coinbase: readHex(fields['miner'], 'the miner of the header'),
    gasLimit: need(fields, 'gasLimit'),
    difficulty: need(fields, 'difficulty'),
    prevRandao: readHex(fields['mixHash'], 'the mix hash of the header'),
    baseFeePerGas: readOptionalQuantity(fields['baseFeePerGas'], 'the base fee'),
    blobBaseFee: undefined,
  }
}

/**
 * The environment with the block overrides of a request, in the format of geth.
 *
 * @throws ProviderRpcError for fields that are unknown or malformed.
 */
export function withOverrides(base: BlockEnvironment, overrides: unknown): BlockEnvironment {
  const given = readObject(overrides, 'the block overrides')
  const unknown = Object.keys(given).filter((name) => !(name in OVERRIDES))
  if (unknown.length > 0) throw invalidParams(`cannot override ${unknown.join(', ')} of the block`)
  const parts = Object.entries(given)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]) => OVERRIDES[name]?.(value))
  return Object.assign({ ...base }, ...parts) as BlockEnvironment
}

type Override = (value: unknown) => Partial<BlockEnvironment>

const OVERRIDES: Readonly<Record<string, Override>> = {
  number: (value) => ({ number: readQuantity(value, 'number') }),
  time: (value) => ({ timestamp: readQuantity(value, 'time') }),
  gasLimit: (value) => ({ gasLimit: readQuantity(value, 'gasLimit') }),
  feeRecipient: (value) => ({ coinbase: readAddress(value) }),
  difficulty: (value) => ({ difficulty: readQuantity(value, 'difficulty') }),
  prevRandao: (value) => ({ prevRandao: readWord(value) }),
  random: (value) => ({ prevRandao: readWord(value) }),
  baseFeePerGas: (value) => ({ baseFeePerGas: readQuantity(value, 'baseFeePerGas') }),
  baseFee: (value) => ({ baseFeePerGas: readQuantity(value, 'baseFee') }),
  blobBaseFee: (value) => ({ blobBaseFee: readQuantity(value, 'blobBaseFee') }),
}

function readWord(value: unknown): Hex {
  return `0x${readQuantity(value, 'prevRandao').toString(16).padStart(64, '0')}`
}

function readAddress(value: unknown): Hex {
  const address = readHex(value, 'feeRecipient')
  if (toBytes(address, 'feeRecipient').length === 20) return address
  throw invalidParams('feeRecipient must have 20 bytes')
}

function need(fields: HeaderFields, name: string): bigint {
  const value = fields[name]
  if (value !== undefined) return readQuantity(value, `${name} of the header`)
  throw new ProviderRpcError(RPC_CODES.failed, `the header of the pinned block lacks ${name}`)
}
