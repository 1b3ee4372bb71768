/** Maps as state; that with an undo log is the least that a correct state manager could do. */

import type { Contender } from './group.ts'
import { UNDO_LOG } from './names.ts'
import { type State, stateOf } from './state.ts'

type BytesState = State<Uint8Array, Uint8Array, Uint8Array>

/** What the methods of `Buffer` do without a new `Buffer`: the fastest way to hex here. */
const { hexSlice } = Buffer.prototype as unknown as {
  hexSlice(this: Uint8Array, start: number, end: number): string
}

function hexOf(bytes: Uint8Array): string {
  return hexSlice.call(bytes, 0, bytes.length)
}

function flatMap(given: Map<string, Uint8Array>): BytesState {
  let values = given
  return stateOf({
    read: (place, slot) => values.get(hexOf(place) + hexOf(slot)),
    write: (place, slot, value) => void values.set(hexOf(place) + hexOf(slot), value),
    snapshot: () => new Map(values),
    revertTo(copy) {
      values = copy as Map<string, Uint8Array>
    },
    branch: () => flatMap(new Map(values)),
  })
}

function nestedMap(accounts: Map<string, Map<string, Uint8Array>>): BytesState {
  return stateOf({
    read: (place, slot) => accounts.get(hexOf(place))?.get(hexOf(slot)),
    write(place, slot, value) {
      const key = hexOf(place)
      const found = accounts.get(key)
      if (found === undefined) accounts.set(key, new Map([[hexOf(slot), value]]))
      else found.set(hexOf(slot), value)
    },
    branch: () => nestedMap(new Map([...accounts].map(([key, own]) => [key, new Map(own)]))),
  })
}

/** Slots of one account by hex; marks in the log are its checkpoints and its snapshots. */
class MapWithUndoLog {
  readonly #values = new Map<string, Uint8Array>()
  readonly #undo: (readonly [string, Uint8Array | undefined])[] = []
  readonly #marks: number[] = []

  get(slot: Uint8Array): Uint8Array | undefined {
    return this.#values.get(keyOf(slot))
  }

  set(slot: Uint8Array, value: Uint8Array): void {
    const key = keyOf(slot)
    if (this.#marks.length > 0) this.#undo.push([key, this.#values.get(key)])
    this.#values.set(key, value.slice())
  }

  /** @returns The number of checkpoints before. */
  checkpoint(): number {
    return this.#marks.push(this.#undo.length) - 1
  }

  commit(): void {
    this.#marks.pop()
    if (this.#marks.length === 0) this.#undo.length = 0
  }

  revert(): void {
    const mark = this.#marks.pop() ?? 0
    while (this.#undo.length > mark) {
      const [key, value] = this.#undo.pop() as readonly [string, Uint8Array | undefined]
      if (value === undefined) this.#values.delete(key)
      else this.#values.set(key, value)
    }
  }

  revertTo(checkpoints: number): void {
    while (this.#marks.length > checkpoints) this.revert()
  }
}

function keyOf(slot: Uint8Array): string {
  return Buffer.from(slot.buffer, slot.byteOffset, slot.byteLength).toString('hex')
}

function journaled(map: MapWithUndoLog): BytesState {
  return stateOf({
    read: (_, slot) => map.get(slot),
    write: (_, slot, value) => map.set(slot, value),
    checkpoint: () => void map.checkpoint(),
    commit: () => map.commit(),
    revert: () => map.revert(),
    snapshot: () => map.checkpoint(),
    revertTo: (snapshot) => map.revertTo(snapshot as number),
  })
}

const contenderOf = (name: string, make: () => State, note?: string): Contender<State> => ({
  name,
  note,
  open: async () => make(),
})

const UNCHECKED = 'keeps and gives the arrays themselves; no checkpoints'
export const MAP = contenderOf('Map', () => flatMap(new Map()), UNCHECKED)
export const NESTED_MAP = contenderOf('nested Map', () => nestedMap(new Map()), UNCHECKED)
export const UNDO_LOG_MAP = contenderOf(UNDO_LOG, () => journaled(new MapWithUndoLog()))
