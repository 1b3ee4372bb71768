/**
 * The keys that calls of one function touch, as rules that also apply to other arguments and to
 * other contracts with the same code: "the slot at `mapping[sender]`", "the account whose address
 * is in slot 6 of the receiver", "the pair of the tokens in arguments 6 and 7".
 *
 * Invariants: a rule yields a key and never a value. A wrong rule costs a needless fetch and
 * nothing else; a rule that is wrong {@link MAX_MISSES} times in a row is forgotten. The number of
 * rules is bounded.
 */

import type { Hex } from '../../encoding/hex.ts'
import { toBytes } from '../../encoding/hex.ts'
import type { CallShape } from './call-shape.ts'
import { type Derivation, derivedAddress, findDerivations } from './derived-address.ts'

/** Maximum of rules of one pattern; further keys are not learned. */
export const MAX_RULES = 256
/** A rule is forgotten after being wrong for so many calls in a row. */
export const MAX_MISSES = 3
/** Solidity numbers storage variables, mappings included, from 0 in order of declaration. */
const MAX_MAPPING_NUMBER = 20
/** Words of a struct in a mapping that are tried. */
const MAX_STRUCT_WORDS = 4
/** Addresses and arguments that are tried as keys of mappings. */
const MAX_MAPPING_KEYS = 24
/** Maximum depth of addresses found through slots of other addresses. */
const MAX_DEPTH = 3
/** Slots below this are numbers assigned by the compiler; slots above it are hashes. */
const MIN_HASHED_SLOT = 2n ** 64n
const WORD_DIGITS = 64
const ADDRESS_DIGITS = 40

/**
 * Where an address comes from. `slot`: the last 20 bytes of a slot of another account. `derived`:
 * computed from two others.
 */
type AddressRule =
  | { readonly is: 'receiver' | 'sender' }
  | { readonly is: 'argument'; readonly index: number }
  | { readonly is: 'constant'; readonly address: Hex }
  | { readonly is: 'slot'; readonly slot: Hex; readonly of: AddressRule }
  | { readonly is: 'derived'; readonly by: Derivation; readonly from: readonly AddressRule[] }

/** Which slot. `mapping`: the slot that Solidity derives from its number and one or two keys. */
type SlotRule =
  | { readonly is: 'constant'; readonly slot: Hex }
  | {
      readonly is: 'mapping'
      readonly number: number
      readonly keys: readonly AddressRule[]
      /** Words after the first. */
      readonly word: number
    }

/** A key that a call touches; without `slot`, the account itself. */
interface KeyRule {
  readonly at: AddressRule
  readonly slot?: SlotRule
}

/** A key: an account, or a slot of it. Lower case. */
export interface TouchedKey {
  readonly address: Hex
  readonly slot?: Hex
}

/** What rules are evaluated with. */
export interface RuleContext {
  readonly call: CallShape
  /** A slot, 32 bytes; undefined if it is unknown. */
  peekStorage(address: Hex, slot: Hex): Hex | undefined
  /** Undefined if it is unknown. */
  peekCode(address: Hex): Uint8Array | undefined
  keccak256(data: Uint8Array): Hex
}

/** A text that identifies a key. */
export function textOfKey({ address, slot }: TouchedKey): string {
  return slot === undefined ? address : `${address}${slot}`
}

interface Learned {
  readonly rule: KeyRule
  misses: number
}

/** What was learned about the calls of one function. */
export class CallPattern {
  readonly #rules = new Map<string, Learned>()

  get size(): number {
    return this.#rules.size
  }

  /** The keys that a call will touch, as far as the known values allow to predict them. */
  predict(context: RuleContext): readonly TouchedKey[] {
    return [...this.#rules.values()].flatMap(({ rule }) => evaluate(rule, context) ?? [])
  }

  /** Learns from the keys that a call touched. */
  learn(touched: readonly TouchedKey[], context: RuleContext): void {
    const left = new Map(touched.map((key) => [textOfKey(key), key]))
    for (const [text, learned] of [...this.#rules]) {
      const key = evaluate(learned.rule, context)
      if (key === undefined) continue
      const isRight = touched.some((other) => textOfKey(other) === textOfKey(key))
      learned.misses = isRight ? 0 : learned.misses + 1
      if (learned.misses >= MAX_MISSES) this.#rules.delete(text)
      left.delete(textOfKey(key))
    }
    if (left.size === 0) return
    for (const rule of rulesFor([...left.values()], touched, context)) {
      if (this.#rules.size >= MAX_RULES) return
      this.#rules.set(JSON.stringify(rule), { rule, misses: 0 })
    }
  }
}

function evaluate({ at, slot }: KeyRule, context: RuleContext): TouchedKey | undefined {
  const address = addressBy(at, context)
  if (address === undefined || slot === undefined) return address && { address }
  const place = slot.is === 'constant' ? slot.slot : mappingSlot(slot, context)
  return place && { address, slot: place }
}

function addressBy(rule: AddressRule, context: RuleContext): Hex | undefined {
  const { call } = context
  switch (rule.is) {
    case 'receiver':
      return call.receiver
    case 'sender':
      return call.sender
    case 'argument':
      return addressIn(call.words[rule.index])
    case 'constant':
      return rule.address
    case 'slot': {
      const owner = addressBy(rule.of, context)
      return owner && addressIn(context.peekStorage(owner, rule.slot))
    }
    case 'derived': {
      const [one, other] = rule.from.map((part) => addressBy(part, context))
      if (one === undefined || other === undefined) return undefined
      return derivedAddress(rule.by, [one, other], context.keccak256)
    }
  }
}

/** The address in the last 20 bytes of a word; undefined if they are zero. */
function addressIn(word: Hex | undefined): Hex | undefined {
  const digits = word?.slice(-ADDRESS_DIGITS)
  return digits === undefined || /^0*$/.test(digits) ? undefined : `0x${digits}`
}

function mappingSlot(
  { number, keys, word }: Extract<SlotRule, { is: 'mapping' }>,
  context: RuleContext,
): Hex | undefined {
  let place = wordOf(BigInt(number))
  for (const key of keys) {
    const address = addressBy(key, context)
    if (address === undefined) return undefined
    place = hashOfPair(padded(address), place, context)
  }
  return wordOf(BigInt(place) + BigInt(word))
}

function hashOfPair(key: Hex, place: Hex, { keccak256 }: RuleContext): Hex {
  return keccak256(toBytes(`${key}${place.slice(2)}`, 'mapping key'))
}

function padded(address: Hex): Hex {
  return `0x${address.slice(2).padStart(WORD_DIGITS, '0')}`
}

function wordOf(value: bigint): Hex {
  return `0x${BigInt.asUintN(256, value).toString(16).padStart(WORD_DIGITS, '0')}`
}

/** Rules that yield these keys; `touched` are all keys of the call. */
function rulesFor(
  keys: readonly TouchedKey[],
  touched: readonly TouchedKey[],
  context: RuleContext,
): readonly KeyRule[] {
  const origins = originsOf(touched, context)
  const isHashed = (slot: Hex): boolean => BigInt(slot) >= MIN_HASHED_SLOT
  const hasHashed = keys.some(({ slot }) => slot !== undefined && isHashed(slot))
  const mappings = hasHashed ? mappingsOf(origins, context) : new Map<string, SlotRule>()
  return keys.map(({ address, slot }) => {
    const at = origins.get(address) ?? { is: 'constant', address }
    if (slot === undefined) return { at }
    return { at, slot: mappingAt(slot, mappings) ?? { is: 'constant', slot } }
  })
}

/** How each address that was touched, or is an argument, follows from the call. */
function originsOf(touched: readonly TouchedKey[], context: RuleContext): Map<Hex, AddressRule> {
  const { receiver, sender, words } = context.call
  const origins = new Map<Hex, AddressRule>([[receiver, { is: 'receiver' }]])
  const add = (address: Hex | undefined, rule: AddressRule): void => {
    if (address !== undefined && !origins.has(address)) origins.set(address, rule)
  }
  add(sender, { is: 'sender' })
  const addresses = new Set(touched.map(({ address }) => address))
  const addReached = (): void => {
    for (let depth = 0; depth < MAX_DEPTH; depth++) {
      const known = new Map(origins)
      for (const { address, slot } of touched) {
        const of = known.get(address)
        if (of === undefined || slot === undefined) continue
        const found = addressIn(context.peekStorage(address, slot))
        if (found !== undefined && addresses.has(found)) add(found, { is: 'slot', slot, of })
      }
    }
  }
  addReached()
  words.forEach((_, index) => {
    add(argumentAt(index, context), { is: 'argument', index })
  })
  for (const [address, rule] of derivedFromArguments(addresses, origins, context)) {
    add(address, rule)
  }
  addReached()
  for (const address of addresses) add(address, { is: 'constant', address })
  return origins
}

/** The address in an argument; undefined if the argument is no address. */
function argumentAt(index: number, { call }: RuleContext): Hex | undefined {
  const word = call.words[index]
  return word !== undefined && /^0x0{24}/.test(word) ? addressIn(word) : undefined
}

/** Addresses without an origin that the receiver derives from two adjacent arguments. */
function* derivedFromArguments(
  addresses: ReadonlySet<Hex>,
  origins: ReadonlyMap<Hex, AddressRule>,
  context: RuleContext,
): Iterable<readonly [Hex, AddressRule]> {
  const wanted = new Set([...addresses].filter((address) => !origins.has(address)))
  const code = wanted.size === 0 ? undefined : context.peekCode(context.call.receiver)
  if (code === undefined) return
  const { keccak256 } = context
  for (let index = 1; index < context.call.words.length; index++) {
    const [one, other] = [argumentAt(index - 1, context), argumentAt(index, context)]
    if (one === undefined || other === undefined) continue
    const from = [index - 1, index].map((at) => ({ is: 'argument', index: at }) as const)
    for (const [address, by] of findDerivations(code, [one, other], { wanted, keccak256 })) {
      yield [address, { is: 'derived', by, from }]
    }
  }
}

/** Slots of mappings, and of mappings of mappings, with these addresses as keys. */
function mappingsOf(
  origins: ReadonlyMap<Hex, AddressRule>,
  context: RuleContext,
): ReadonlyMap<string, SlotRule> {
  const slots = new Map<string, SlotRule>()
  const keys = [...origins].slice(0, MAX_MAPPING_KEYS)
  for (let number = 0; number < MAX_MAPPING_NUMBER; number++) {
    for (const [first, firstRule] of keys) {
      const outer = hashOfPair(padded(first), wordOf(BigInt(number)), context)
      slots.set(outer, { is: 'mapping', number, keys: [firstRule], word: 0 })
    }
  }
  for (const [outer, rule] of [...slots]) {
    if (rule.is !== 'mapping') continue
    for (const [second, secondRule] of keys.slice(0, MAX_MAPPING_KEYS / 4)) {
      const inner = hashOfPair(padded(second), outer as Hex, context)
      slots.set(inner, { ...rule, keys: [...rule.keys, secondRule] })
    }
  }
  return slots
}

function mappingAt(slot: Hex, mappings: ReadonlyMap<string, SlotRule>): SlotRule | undefined {
  for (let word = 0; word < MAX_STRUCT_WORDS; word++) {
    const rule = mappings.get(wordOf(BigInt(slot) - BigInt(word)))
    if (rule?.is === 'mapping') return { ...rule, word }
  }
  return undefined
}
