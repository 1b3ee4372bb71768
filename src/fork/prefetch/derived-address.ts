/**
 * Addresses that a contract computes instead of reading them: CREATE2 addresses (EIP-1014) whose
 * salt is made of two addresses. Routers of exchanges find the pair of two tokens this way.
 *
 * The deployer and the init code hash are constants in the code of the contract, and are searched
 * for there. A derived address need not exist.
 */

import { ADDRESS_BYTES, type Hex, toBytes, toHex, WORD_BYTES } from '../../encoding/hex.ts'

/** Maximum of constants of a code that are tried as deployers, and as init code hashes. */
export const MAX_CONSTANTS = 16

/** How two addresses form a salt: as 20 bytes each, or as a word each. The lower one is first. */
export type SaltForm = 'packed' | 'padded'

/** What an address is computed from, besides the two addresses. */
export interface Derivation {
  /** 20 bytes. */
  readonly deployer: Hex
  /** 32 bytes. */
  readonly initCodeHash: Hex
  readonly salt: SaltForm
}

/** keccak256, 32 bytes. */
export type Keccak = (data: Uint8Array) => Hex

const PUSH1 = 0x60
const PUSH20 = 0x73
const PUSH32 = 0x7f
/** The first byte that EIP-1014 hashes. */
const CREATE2_MARK = 0xff
const SALT_AT: number = 1 + ADDRESS_BYTES
const HASH_AT: number = SALT_AT + WORD_BYTES
/** Zeros before an address in a word. */
const PADDING_BYTES: number = WORD_BYTES - ADDRESS_BYTES
/** Unlike selectors, texts and masks, hashes have no run of this many equal bytes at an end. */
const MAX_RUN = 4
const SALT_FORMS: readonly SaltForm[] = ['packed', 'padded']

/** The address derived from two addresses, in either order; 20 bytes, lower case. */
export function derivedAddress(
  { deployer, initCodeHash, salt }: Derivation,
  pair: readonly [Hex, Hex],
  keccak256: Keccak,
): Hex {
  return create2Address(deployer, saltOf(pair, salt, keccak256), { initCodeHash, keccak256 })
}

/** Derivations with constants of `code` that yield one of the `wanted` addresses. */
export function findDerivations(
  code: Uint8Array,
  pair: readonly [Hex, Hex],
  { wanted, keccak256 }: { readonly wanted: ReadonlySet<Hex>; readonly keccak256: Keccak },
): ReadonlyMap<Hex, Derivation> {
  const found = new Map<Hex, Derivation>()
  const { deployers, hashes } = constantsOf(code)
  for (const form of SALT_FORMS) {
    const salt = saltOf(pair, form, keccak256)
    for (const deployer of deployers) {
      for (const initCodeHash of hashes) {
        const address = create2Address(deployer, salt, { initCodeHash, keccak256 })
        if (wanted.has(address)) found.set(address, { deployer, initCodeHash, salt: form })
      }
    }
  }
  return found
}

function saltOf([one, other]: readonly [Hex, Hex], form: SaltForm, keccak256: Keccak): Uint8Array {
  const size = form === 'packed' ? ADDRESS_BYTES : WORD_BYTES
  const text = new Uint8Array(2 * size)
  const [low, high] = one < other ? [one, other] : [other, one]
  text.set(toBytes(low, 'address'), size - ADDRESS_BYTES)
  text.set(toBytes(high, 'address'), 2 * size - ADDRESS_BYTES)
  return toBytes(keccak256(text), 'salt')
}

function create2Address(
  deployer: Hex,
  salt: Uint8Array,
  { initCodeHash, keccak256 }: { readonly initCodeHash: Hex; readonly keccak256: Keccak },
): Hex {
  const text = new Uint8Array(HASH_AT + WORD_BYTES)
  text[0] = CREATE2_MARK
  text.set(toBytes(deployer, 'deployer'), 1)
  text.set(salt, SALT_AT)
  text.set(toBytes(initCodeHash, 'init code hash'), HASH_AT)
  return `0x${keccak256(text).slice(-2 * ADDRESS_BYTES)}`
}

interface Constants {
  readonly deployers: ReadonlySet<Hex>
  readonly hashes: ReadonlySet<Hex>
}

/** Constants pushed by the code that could be an address or a hash. */
function constantsOf(code: Uint8Array): Constants {
  const deployers = new Set<Hex>()
  const hashes = new Set<Hex>()
  for (let at = 0; at < code.length; at++) {
    const opcode = code[at] as number
    if (opcode < PUSH1 || opcode > PUSH32) continue
    const bytes = code.subarray(at + 1, at + 2 + opcode - PUSH1)
    at += opcode - PUSH1 + 1
    const isAddress = opcode === PUSH20 || (bytes.length === WORD_BYTES && isPadded(bytes))
    const address = bytes.subarray(-ADDRESS_BYTES)
    if (isAddress && hasNoRun(address)) addTo(deployers, address)
    else if (bytes.length === WORD_BYTES && hasNoRun(bytes)) addTo(hashes, bytes)
  }
  return { deployers, hashes }
}

function addTo(constants: Set<Hex>, bytes: Uint8Array): void {
  if (constants.size < MAX_CONSTANTS) constants.add(toHex(bytes))
}

function isPadded(word: Uint8Array): boolean {
  return word.subarray(0, PADDING_BYTES).every((byte) => byte === 0)
}

/** Whether neither end is a run of equal bytes. */
function hasNoRun(bytes: Uint8Array): boolean {
  return [bytes.subarray(0, MAX_RUN), bytes.subarray(-MAX_RUN)].every((end) => {
    return end.some((byte) => byte !== end[0])
  })
}
