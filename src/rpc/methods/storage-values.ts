/**
 * Slot values without proofs: the slots requested in one turn go into one `eth_getStorageValues`,
 * or, if the node does not serve that, into one `eth_getStorageAt` each.
 *
 * A call that is too large is split into halves, and the number of slots that fit is remembered.
 * Each reader gets its values, or the error of the call that contained its slots.
 */

import type { Hex } from '../../encoding/hex.ts'
import type { Capabilities } from '../capabilities.ts'
import { isRpcError } from '../errors.ts'
import { waitMicrotasks } from '../microtasks.ts'
import type { BlockRef, RpcCallOptions } from '../rpc-client.ts'
import type { SendCall } from './method-call.ts'
import { isTooLarge } from './proof-reader.ts'
import { describeBlock, encodeBlockRef } from './validate.ts'
import { decodeSlotValue, decodeStorageValues } from './validate-state.ts'

/** Most slots in one call; geth accepts no more. */
const MAX_SLOTS = 1_024
/** Microtasks in one turn; fewer than in the batcher, whose turn follows. */
const TURN_MICROTASKS = 4

interface Slot {
  readonly address: Hex
  readonly slot: Hex
}

/** The slots of one reader. */
interface Reading {
  readonly slots: readonly Slot[]
  readonly resolve: (values: readonly bigint[]) => void
  readonly reject: (error: unknown) => void
}

/** What the readers of one turn share. */
interface Turn {
  readonly block: BlockRef
  readonly options: RpcCallOptions
  readonly readings: Reading[]
}

/** The promised value of each slot, by {@link keyOf}. */
type Values = Map<string, Promise<bigint>>

export class StorageValues {
  readonly #send: SendCall
  readonly #capabilities: Capabilities
  #turns: Turn[] = []
  #maxSlots = MAX_SLOTS

  constructor(send: SendCall, capabilities: Capabilities) {
    this.#send = send
    this.#capabilities = capabilities
  }

  /** The values of slots, in the order of the request. */
  read(
    address: Hex,
    slots: readonly Hex[],
    block: BlockRef,
    options: RpcCallOptions = {},
  ): Promise<readonly bigint[]> {
    return new Promise((resolve, reject) => {
      const wanted = slots.map((slot) => ({ address, slot }))
      this.#turnOf(block, options).readings.push({ slots: wanted, resolve, reject })
    })
  }

  #turnOf(block: BlockRef, options: RpcCallOptions): Turn {
    const name = JSON.stringify(encodeBlockRef(block))
    const open = this.#turns.find(
      (one) =>
        one.options.signal === options.signal &&
        one.options.priority === options.priority &&
        JSON.stringify(encodeBlockRef(one.block)) === name,
    )
    if (open !== undefined) return open
    const turn: Turn = { block, options, readings: [] }
    this.#turns.push(turn)
    void this.#endTurn(turn)
    return turn
  }

  async #endTurn(turn: Turn): Promise<void> {
    await waitMicrotasks(TURN_MICROTASKS)
    this.#turns = this.#turns.filter((other) => other !== turn)
    const values = this.#readAll(turn)
    for (const { slots, resolve, reject } of turn.readings) {
      const own = slots.map((slot) => values.get(keyOf(slot)) as Promise<bigint>)
      Promise.all(own).then(resolve, reject)
    }
  }

  #readAll(turn: Turn): Values {
    const slots = new Map<string, Slot>()
    for (const reading of turn.readings) {
      for (const slot of reading.slots) slots.set(keyOf(slot), slot)
    }
    const all = [...slots.values()]
    const values: Values = new Map()
    for (let start = 0; start < all.length; start += this.#maxSlots) {
      const part = all.slice(start, start + this.#maxSlots)
      const reading = this.#readPart(part, turn)
      part.forEach((slot, at) => {
        const value = reading.then((list) => list[at] as bigint)
        value.catch(() => {})
        values.set(keyOf(slot), value)
      })
    }
    return values
  }

  async #readPart(slots: readonly Slot[], turn: Turn): Promise<readonly bigint[]> {
    try {
      const call = (): Promise<readonly bigint[]> => this.#readTogether(slots, turn)
      const served = await this.#capabilities.attempt('eth_getStorageValues', call, isRefusal)
      return served?.result ?? (await this.#readEach(slots, turn))
    } catch (error) {
      if (slots.length < 2 || !isTooLarge(error)) throw error
      const half = Math.ceil(slots.length / 2)
      this.#maxSlots = Math.min(this.#maxSlots, half)
      const halves = [slots.slice(0, half), slots.slice(half)]
      return (await Promise.all(halves.map((part) => this.#readPart(part, turn)))).flat()
    }
  }

  async #readTogether(
    slots: readonly Slot[],
    { block, options }: Turn,
  ): Promise<readonly bigint[]> {
    const byAddress = new Map<Hex, Hex[]>()
    for (const { address, slot } of slots) {
      const own = byAddress.get(address)
      if (own === undefined) byAddress.set(address, [slot])
      else own.push(slot)
    }
    const [only] = byAddress.size === 1 ? byAddress.keys() : []
    const values = await this.#send({
      method: 'eth_getStorageValues',
      params: [Object.fromEntries(byAddress), encodeBlockRef(block)],
      place: { block: describeBlock(block), ...(only === undefined ? {} : { address: only }) },
      options,
      decode: (answer, context) => decodeStorageValues(answer, { ...context, slots: byAddress }),
    })
    const taken = new Map<Hex, number>()
    return slots.map(({ address }) => {
      const at = taken.get(address) ?? 0
      taken.set(address, at + 1)
      return values.get(address)?.[at] as bigint
    })
  }

  #readEach(slots: readonly Slot[], { block, options }: Turn): Promise<readonly bigint[]> {
    const calls = slots.map(({ address, slot }) =>
      this.#send({
        method: 'eth_getStorageAt',
        params: [address, slot, encodeBlockRef(block)],
        place: { address, slot, block: describeBlock(block) },
        options,
        decode: decodeSlotValue,
      }),
    )
    return Promise.all(calls)
  }
}

function keyOf({ address, slot }: Slot): string {
  return address + slot
}

/**
 * The method is new: an endpoint that knows other parameters, supports no block hash in it, or
 * answers in another shape counts as not serving it.
 */
export function isRefusal(error: unknown): boolean {
  if (!isRpcError(error)) return false
  const { kind, code, rpcCode } = error
  if (kind === 'unsupported-method' || kind === 'unsupported-block-ref') return true
  return kind === 'fatal' && (code === 'RPC_RESPONSE' || rpcCode === -32602)
}
