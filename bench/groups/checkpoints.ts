/**
 * Statement 16: what a checkpoint with ten writes costs, reverted and committed, does not depend on
 * how much was written before.
 */

import type { Timing } from '../kit/batches.ts'
import { elapsedOf, measureBatches, timingOf } from '../kit/batches.ts'
import { FLAT_SCOPES } from '../kit/floors.ts'
import type { Chart, Group, Job, ResultRow, Row, Target } from '../kit/group.ts'
import { microseconds } from '../kit/measure.ts'
import { measureLines } from '../kit/memory-floor.ts'
import { UNDO_LOG, WASM } from '../kit/names.ts'
import type { Ending, Scopes, ScopesMaker, Writes } from '../kit/scopes.ts'
import { awaitedMakers, directMakers, fill, requireScopes, WritePool } from '../kit/scopes.ts'

interface Load {
  /** Slots written before, inside an open checkpoint. */
  readonly dirtySlots: number
  readonly timing: Timing
}

const WRITES = 10
/** In a batch: the slots of committed scopes stay until it ends, and shall be few. */
const MOST_SCOPES = 128

const WORKLOADS = {
  revert: `checkpoint, ${WRITES} writes, revert`,
  commit: `checkpoint, ${WRITES} writes, commit`,
} as const
const FRESH = 'slots never written before'
const SAME = 'the same slots again'
/** What no table of slots can be without, where the slots are others each time. */
const MEMORY = 'memory alone'
/** A line of the cache holds at most so many entries of the core's table. */
const ENTRIES_A_LINE = 6

export const checkpoints: Group = {
  name: 'checkpoints',
  title: 'Checkpoints',
  about:
    'A checkpoint, ten writes and its end, on top of slots written before in an open checkpoint. ' +
    'Slots of one account, 256 random bits each, as bytes. The ten are others in every scope, or ' +
    'the same ten in all, which then are in the cache of the processor; in both cases they are ' +
    'unwritten when the scope is opened, but for the same ten when they are committed. The scopes ' +
    `that are committed stand in one that is reverted after at most ${MOST_SCOPES} of them, which ` +
    `is not timed. "${MEMORY}" touches as many random lines of memory as there are writes, and ` +
    'does nothing else: what random slots cost on this machine, whoever keeps them. Keys that are ' +
    'added to a large `Map` and deleted over and over slow it down. State managers with promises are awaited call by call, as an EVM does.',
  runtimes: ['Node', 'Bun'],
  charts: [chartOf(FRESH, 'revert'), chartOf(FRESH, 'commit'), chartOf(SAME, 'revert')],
  targets: [speedTarget(), peersTarget()],
  jobs: ({ isQuick }) => {
    const sizes = isQuick ? [1_000] : [1_000, 10_000, 100_000, 1_000_000, 4_000_000]
    const timing = timingOf({ isQuick })
    const jobOf = (maker: ScopesMaker, dirtySlots: number): Job => ({
      name: `${maker.name}, ${dirtySlots} dirty`,
      run: async () => await run(maker, { dirtySlots, timing }),
    })
    return [
      ...directMakers.flatMap((maker) => sizes.map((size) => jobOf(maker, size))),
      ...awaitedMakers.flatMap((maker) => {
        const managed = sizes.filter((size) => size <= maker.mostSlots)
        const own = isQuick ? managed.slice(-1) : managed
        return own.map((size): Job => ({ ...jobOf(maker, size), runtimes: ['Node'] }))
      }),
      ...sizes.map(
        (size): Job => ({
          name: `${MEMORY}, ${size} dirty`,
          runtimes: ['Node'],
          run: async () => await runMemory({ dirtySlots: size, timing }),
        }),
      ),
    ]
  },
}

async function run(maker: ScopesMaker, load: Load): Promise<readonly Row[]> {
  const { dirtySlots, timing } = load
  const scopes = await maker.make()
  await scopes.checkpoint()
  await fill(scopes, dirtySlots)
  await requireScopes(maker, scopes, dirtySlots)
  const rows: Row[] = []
  for (const { keys, slotsFor } of keysAfter(dirtySlots)) {
    for (const ending of maker.endings) {
      const took = await measureBatches(
        async (calls) => await timeBatch(scopes, { slots: slotsFor(calls), each: WRITES }, ending),
        { ...timing, mostCalls: MOST_SCOPES },
      )
      const { name: subject, note } = maker
      const row = { workload: WORKLOADS[ending], subject, size: dirtySlots, keys } as const
      rows.push({ ...row, unit: 'ns', ...took, ...(note !== undefined && { note }) })
    }
  }
  await requireScopes(maker, scopes, dirtySlots)
  scopes.destroy()
  return rows
}

async function runMemory({ dirtySlots, timing }: Load): Promise<readonly Row[]> {
  const lines = 2 ** Math.ceil(Math.log2(dirtySlots / ENTRIES_A_LINE))
  const took = await measureLines(lines, WRITES, timing)
  const row = {
    workload: WORKLOADS.revert,
    subject: MEMORY,
    size: dirtySlots,
    keys: FRESH,
  } as const
  const note = `${WRITES} lines, of as many as such a table has, read and written in a row`
  return [{ ...row, unit: 'ns', ...took, note }]
}

function keysAfter(dirtySlots: number) {
  const pool = new WritePool(dirtySlots)
  const same = new WritePool(dirtySlots).fresh(WRITES)
  return [
    { keys: FRESH, slotsFor: (calls: number) => pool.fresh(calls * WRITES) },
    { keys: SAME, slotsFor: (calls: number) => Array.from({ length: calls }, () => same).flat() },
  ]
}

async function timeBatch(scopes: Scopes, writes: Writes, ending: Ending): Promise<number> {
  if (ending === 'revert') return await elapsedOf(() => scopes.inTurn(writes, ending))
  await scopes.checkpoint()
  const elapsed = await elapsedOf(() => scopes.inTurn(writes, ending))
  await scopes.end('revert')
  return elapsed
}

// The report.

function chartOf(keys: typeof FRESH | typeof SAME, ending: Ending): Chart {
  const isFresh = keys === FRESH
  return {
    name: `checkpoints-${ending}${isFresh ? '' : '-same'}`,
    title: `Checkpoint, ${WRITES} writes, ${ending}, by slots written before; ${keys}`,
    shows: (row) =>
      row.workload === WORKLOADS[ending] && row.keys === keys && row.runtime === 'Node',
    label: ({ subject }) => subject,
  }
}

function speedTarget(): Target {
  return {
    work: `checkpoint + ${WRITES} writes + revert, and + commit`,
    target: '<= 2 us; flat within x2 from 1k to 4M dirty slots',
    floor: FLAT_SCOPES,
    judge(rows) {
      const lines = [FRESH, SAME].flatMap((keys) =>
        (['revert', 'commit'] as const).map((ending) => {
          const own = rowsOf(rows, WASM, ending, keys)
          const medians = own.map(({ median }) => median)
          return { keys, ending, own, medians, growth: Math.max(...medians) / Math.min(...medians) }
        }),
      )
      if (lines.some(({ own }) => own.length < 2)) return undefined
      const measured = lines.map(({ keys, ending, own, growth }) => {
        const span = [own[0], own.at(-1)].map((row) => microseconds(row?.median ?? 0)).join(' to ')
        return `${ending}, ${keys}: ${span}, x${growth.toFixed(2)}`
      })
      const isMet = lines.every(
        ({ medians, growth }) => medians.every((median) => median <= 2_000) && growth <= 2,
      )
      const [memory] = rowsOf(rows, MEMORY, 'revert', FRESH).slice(-1)
      const alone = memory === undefined ? '' : `; ${MEMORY} there: ${microseconds(memory.median)}`
      return { measured: `${measured.join('; ')}${alone}`, isMet }
    },
  }
}

function peersTarget(): Target {
  return {
    work: 'the same, against peers',
    target: '>= 5 x as fast as the best correct peer, at every size',
    judge(rows) {
      const ratios = (against: (row: ResultRow) => boolean): readonly number[] =>
        (['revert', 'commit'] as const).flatMap((ending) =>
          rowsOf(rows, WASM, ending, FRESH).flatMap(({ size, median }) =>
            rows
              .filter((row) => row.runtime === 'Node' && against(row))
              .filter((row) => row.workload === WORKLOADS[ending] && row.keys === FRESH)
              .filter((row) => row.size === size)
              .map((row) => row.median / median),
          ),
        )
      const packages = ratios(({ subject }) => subject.startsWith('@'))
      if (packages.length === 0) return undefined
      const undoLog = ratios(({ subject }) => subject === UNDO_LOG)
      const worst = Math.min(...packages)
      return {
        measured:
          `x${worst.toFixed(1)} against packages; beside them, x${Math.min(...undoLog).toFixed(1)} ` +
          `to x${Math.max(...undoLog).toFixed(1)} against a Map with an undo log, which is no package`,
        isMet: worst >= 5,
      }
    },
  }
}

function rowsOf(
  rows: readonly ResultRow[],
  subject: string,
  ending: Ending,
  keys: string,
): readonly ResultRow[] {
  return rows
    .filter((row) => row.runtime === 'Node' && row.subject === subject)
    .filter((row) => row.workload === WORKLOADS[ending] && row.keys === keys)
    .sort((a, b) => (a.size ?? 0) - (b.size ?? 0))
}
