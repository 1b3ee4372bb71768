/**
 * Statement 16: what a checkpoint with ten writes costs, reverted and committed, does not depend on
 * how much was written before.
 */

import type { Chart, Group, ResultRow, Row, Target } from '../kit/group.ts'
import { measureLoop } from '../kit/measure.ts'
import type { Subject, SubjectMaker } from '../kit/subjects.ts'
import { makers } from '../kit/subjects.ts'

interface Load {
  /** Slots written before, inside an open checkpoint. */
  readonly dirtySlots: number
  readonly calls: number
  readonly rounds: number
}

const WRITES = 10
const REVERT = 'checkpoint, 10 writes of fresh slots, revert'
const COMMIT = 'checkpoint, the same 10 writes, commit'

const chart: Chart = {
  name: 'checkpoints',
  title: 'Checkpoint, 10 writes and revert, by slots written before',
  shows: ({ workload }) => workload === REVERT,
  label: ({ subject, runtime }) => (runtime === 'Node' ? subject : `${subject}, ${runtime}`),
}

const target: Target = {
  work: 'checkpoint + 10 writes + revert, WebAssembly in Node',
  target: '<= 2 us, flat within x2 from the fewest dirty slots to the most',
  judge(rows) {
    const own = rows
      .filter((row) => row.workload === REVERT && isWasmInNode(row))
      .sort((a, b) => (a.size ?? 0) - (b.size ?? 0))
    const [first, last] = [own[0], own.at(-1)]
    if (first === undefined || last === undefined) return undefined
    const growth = Math.max(...own.map(({ median }) => median)) / first.median
    const us = (row: ResultRow) => (row.median / 1000).toFixed(2)
    return {
      measured: `${us(first)} us at ${first.size}, ${us(last)} us at ${last.size}, x${growth.toFixed(2)}`,
      isMet: own.every(({ median }) => median <= 2_000) && growth <= 2,
    }
  },
}

function isWasmInNode({ subject, runtime }: ResultRow): boolean {
  return subject === 'forkstate, WebAssembly' && runtime === 'Node'
}

export const checkpoints: Group = {
  name: 'checkpoints',
  title: 'Checkpoints',
  about: 'Slots of one account, 32-byte keys and values as bytes.',
  runtimes: ['Node', 'Bun'],
  charts: [chart],
  targets: [target],
  jobs: ({ isQuick }) => {
    const sizes = isQuick ? [100, 1_000] : [1_000, 10_000, 100_000, 1_000_000, 4_000_000]
    const [calls, rounds] = isQuick ? [50, 2] : [5_000, 9]
    return makers.flatMap((maker) =>
      sizes.map((dirtySlots) => ({
        name: `${maker.name}, ${dirtySlots} dirty`,
        run: async () => await run(maker, { dirtySlots, calls, rounds }),
      })),
    )
  },
}

async function run(maker: SubjectMaker, load: Load): Promise<readonly Row[]> {
  const { dirtySlots, calls, rounds } = load
  const subject = await maker.make()
  await subject.checkpoint()
  const slot = new Uint8Array(32)
  const value = new Uint8Array(32).fill(7)
  for (let index = 0; index < dirtySlots; index++) subject.set(spread(slot, index), value)
  checkAnswers(maker.name, subject, slot, dirtySlots)

  const fresh = new Uint8Array(32)
  const written = new Uint8Array(32).fill(9)
  const scope = (index: number) => {
    subject.checkpoint()
    for (let write = 0; write < WRITES; write++) {
      subject.set(spread(fresh, dirtySlots + index * WRITES + write), written)
    }
  }
  const revert = await measureLoop(
    (count, first) => {
      for (let index = first; index < first + count; index++) {
        scope(index)
        subject.revert()
      }
    },
    { calls, rounds },
  )
  checkAnswers(maker.name, subject, slot, dirtySlots)
  // Committed scopes write the same slots again, so that the state does not grow while it is timed.
  const commit = await measureLoop(
    (count) => {
      for (let index = 0; index < count; index++) {
        scope(0)
        subject.commit()
      }
    },
    { calls: Math.ceil(calls / 10), rounds },
  )
  const row = { subject: maker.name, size: dirtySlots, unit: 'ns' } as const
  return [
    { ...row, workload: REVERT, ...revert },
    { ...row, workload: COMMIT, ...commit },
  ]
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

function checkAnswers(name: string, subject: Subject, slot: Uint8Array, dirtySlots: number): void {
  for (const [index, expected] of [
    [0, 7],
    [dirtySlots - 1, 7],
    [dirtySlots, 0],
  ] as const) {
    const found = subject.get(spread(slot, index))[31]
    if (found !== expected) throw new Error(`${name}: slot ${index} is ${found}`)
  }
}
