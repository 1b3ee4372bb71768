/**
 * Plain maps as state: the least that JavaScript needs to keep slots. They have no checkpoints,
 * keep and give the arrays themselves, and check nothing.
 */

export interface PlainState {
  /** Undefined for a slot that was not set. */
  get(address: Uint8Array, slot: Uint8Array): Uint8Array | undefined
  set(address: Uint8Array, slot: Uint8Array, value: Uint8Array): void
}

export interface PlainMaker {
  readonly name: string
  readonly note: string
  make(): PlainState
}

const NOTE = 'keeps and gives the arrays themselves; no checkpoints'

class FlatMap implements PlainState {
  readonly #values = new Map<string, Uint8Array>()

  get(address: Uint8Array, slot: Uint8Array): Uint8Array | undefined {
    return this.#values.get(hexOf(address) + hexOf(slot))
  }

  set(address: Uint8Array, slot: Uint8Array, value: Uint8Array): void {
    this.#values.set(hexOf(address) + hexOf(slot), value)
  }
}

class NestedMap implements PlainState {
  readonly #accounts = new Map<string, Map<string, Uint8Array>>()

  get(address: Uint8Array, slot: Uint8Array): Uint8Array | undefined {
    return this.#accounts.get(hexOf(address))?.get(hexOf(slot))
  }

  set(address: Uint8Array, slot: Uint8Array, value: Uint8Array): void {
    const key = hexOf(address)
    const found = this.#accounts.get(key)
    if (found !== undefined) {
      found.set(hexOf(slot), value)
      return
    }
    this.#accounts.set(key, new Map([[hexOf(slot), value]]))
  }
}

/** What the methods of `Buffer` do without a new `Buffer`: the fastest way to hex here. */
const { hexSlice } = Buffer.prototype as unknown as {
  hexSlice(this: Uint8Array, start: number, end: number): string
}

function hexOf(bytes: Uint8Array): string {
  return hexSlice.call(bytes, 0, bytes.length)
}

export const plainMaps: readonly PlainMaker[] = [
  { name: 'Map', note: NOTE, make: () => new FlatMap() },
  { name: 'nested Map', note: NOTE, make: () => new NestedMap() },
]
