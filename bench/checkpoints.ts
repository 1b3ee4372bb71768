/**
 * Statement 16: what a checkpoint with ten writes costs, reverted and committed, does not depend on
 * how much was written before.
 *
 * Every subject does the same operations on the same keys, and must read back the same values
 * before it is timed.
 */

import type { Measurement } from './measure.ts'
import { measure } from './measure.ts'
import type { Subject } from './subjects.ts'

export interface CheckpointOptions {
  /** Slots written before, inside an open checkpoint. */
  readonly dirtySlots: number
  readonly calls: number
  readonly rounds: number
}

export interface CheckpointResult {
  readonly subject: string
  readonly dirtySlots: number
  readonly revert: Measurement
  readonly commit: Measurement
}

const WRITES = 10

/** Times one subject. @throws Error if it does not read back what was written. */
export function benchCheckpoints(
  make: () => Subject,
  options: CheckpointOptions,
): CheckpointResult {
  const { dirtySlots, calls, rounds } = options
  const subject = make()
  subject.checkpoint()
  const slot = new Uint8Array(32)
  const value = new Uint8Array(32).fill(7)
  for (let index = 0; index < dirtySlots; index++) subject.set(spread(slot, index), value)
  checkAnswers(subject, slot, dirtySlots)

  const fresh = new Uint8Array(32)
  const written = new Uint8Array(32).fill(9)
  const scope = (index: number) => {
    subject.checkpoint()
    for (let write = 0; write < WRITES; write++) {
      subject.set(spread(fresh, dirtySlots + index * WRITES + write), written)
    }
  }
  const revert = measure(
    (index) => {
      scope(index)
      subject.revert()
    },
    { calls, rounds },
  )
  checkAnswers(subject, slot, dirtySlots)
  // Committed scopes write the same slots again, so that the state does not grow while it is timed.
  const commit = measure(
    () => {
      scope(0)
      subject.commit()
    },
    { calls: Math.ceil(calls / 10), rounds },
  )
  subject.destroy()
  return { subject: subject.name, dirtySlots, revert, commit }
}

/** The slot of an index: neighbours lie far apart. */
function spread(slot: Uint8Array, index: number): Uint8Array {
  const mixed = Math.imul(index + 1, 0x9e3779b1) >>> 0
  slot[28] = mixed >>> 24
  slot[29] = mixed >>> 16
  slot[30] = mixed >>> 8
  slot[31] = mixed
  return slot
}

function checkAnswers(subject: Subject, slot: Uint8Array, dirtySlots: number): void {
  for (const [index, expected] of [
    [0, 7],
    [dirtySlots - 1, 7],
    [dirtySlots, 0],
  ] as const) {
    const found = subject.get(spread(slot, index))[31]
    if (found !== expected) throw new Error(`${subject.name}: slot ${index} is ${found}`)
  }
}
