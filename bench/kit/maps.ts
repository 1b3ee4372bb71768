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
function journaledMap(): BytesState {
  const values = new Map<string, Uint8Array>()
  const undo: (readonly [string, Uint8Array | undefined])[] = []
  const marks: number[] = []
  const revert = () => {
    const mark = marks.pop() ?? 0
    while (undo.length > mark) {
      const [key, value] = undo.pop() as readonly [string, Uint8Array | undefined]
      if (value === undefined) values.delete(key)
      else values.set(key, value)
    }
  }
  return stateOf({
    read: (_, slot) => values.get(keyOf(slot)),
    write(_, slot, value) {
      const key = keyOf(slot)
      if (marks.length > 0) undo.push([key, values.get(key)])
      values.set(key, value.slice())
    },
    checkpoint: () => void marks.push(undo.length),
    commit() {
      marks.pop()
      if (marks.length === 0) undo.length = 0
    },
    revert,
    snapshot: () => marks.push(undo.length) - 1,
    revertTo(snapshot) {
      while (marks.length > (snapshot as number)) revert()
    },
  })
}

function keyOf(slot: Uint8Array): string {
  return Buffer.from(slot.buffer, slot.byteOffset, slot.byteLength).toString('hex')
}

const contenderOf = (name: string, make: () => State, note?: string): Contender<State> => ({
  name,
  note,
  open: async () => make(),
})

const UNCHECKED = 'keeps and gives the arrays themselves; no checkpoints'
export const MAP = contenderOf('Map', () => flatMap(new Map()), UNCHECKED)
export const NESTED_MAP = contenderOf('nested Map', () => nestedMap(new Map()), UNCHECKED)
export const UNDO_LOG_MAP = contenderOf(UNDO_LOG, journaledMap)
