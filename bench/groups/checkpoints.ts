/** Statement 16: the cost of a checkpoint does not depend on how much was written before. */

import type { Chart, Group, ResultRow, Row, Target } from '../kit/group.ts'
import { rowOf } from '../kit/group.ts'
import { jobsBySize } from '../kit/jobs.ts'
import { freshSlots } from '../kit/keys.ts'
import { elapsedOf, measureBatches, microseconds, type Timing } from '../kit/measure.ts'
import { UNDO_LOG } from '../kit/names.ts'
import { type Ending, onScopes, scopesContenders } from '../kit/scopes.ts'
import { OWN, rowsLike, someLike } from '../kit/targets.ts'

const SIZES = [1_000, 10_000, 100_000, 1_000_000, 4_000_000]
const WRITES = 10
/** In a batch: the slots of committed scopes stay until it ends, and shall be few. */
const MOST_SCOPES = 128

const WORKLOADS = {
  revert: `checkpoint, ${WRITES} writes, revert`,
  commit: `checkpoint, ${WRITES} writes, commit`,
} as const
const FRESH = 'slots never written before'
const SAME = 'the same slots again'

const MEMORY = 'memory alone'
const LINE_NUMBERS = 64 / Int32Array.BYTES_PER_ELEMENT
/** A line of the cache holds at most so many entries of the core's table. */
const ENTRIES_A_LINE = 6

const speed: Target = {
  work: `checkpoint + ${WRITES} writes + revert, and + commit`,
  target: '<= 2 us; flat within x2 from 1k to 4M dirty slots',
  hasFloor: true,
  evaluate(rows) {
    const lines = [FRESH, SAME].flatMap((keys) =>
      (['revert', 'commit'] as const).map((ending) => {
        const own = bySize(someLike(rows, { ...OWN, workload: WORKLOADS[ending], keys }))
        const medians = own.map(({ median }) => median)
        const growth = Math.max(...medians) / Math.min(...medians)
        const span = [medians[0], medians.at(-1)].map((median) => microseconds(median ?? 0))
        return {
          measured: `${ending}, ${keys}: ${span.join(' to ')}, x${growth.toFixed(2)}`,
          isMet: Math.max(...medians) <= 2_000 && growth <= 2,
        }
      }),
    )
    const alone = bySize(rowsLike(rows, { subject: MEMORY }))
      .slice(-1)
      .map(({ median }) => `${MEMORY} there: ${microseconds(median)}`)
    return {
      measured: [...lines.map(({ measured }) => measured), ...alone].join('; '),
      isMet: lines.every(({ isMet }) => isMet),
    }
  },
}

const againstPeers: Target = {
  work: 'the same, against peers',
  target: '>= 5 x as fast as the best correct peer, at every size',
  evaluate(rows) {
    const fresh = someLike(rows, { runtime: 'Node', keys: FRESH })
    const ratiosTo = (peers: readonly ResultRow[]): readonly number[] =>
      peers.flatMap(({ workload, size, median }) =>
        rowsLike(fresh, { ...OWN, workload, size }).map((own) => median / own.median),
      )
    const packages = fresh.filter(({ subject }) => subject.startsWith('@'))
    const undoLog = ratiosTo(rowsLike(fresh, { subject: UNDO_LOG }))
    const worst = Math.min(...ratiosTo(packages))
    return {
      measured:
        `x${worst.toFixed(1)} against packages; beside them, x${Math.min(...undoLog).toFixed(1)} ` +
        `to x${Math.max(...undoLog).toFixed(1)} against a Map with an undo log, which is no package`,
      isMet: worst >= 5,
    }
  },
}

function bySize(rows: readonly ResultRow[]): readonly ResultRow[] {
  return [...rows].sort((a, b) => (a.size ?? 0) - (b.size ?? 0))
}

function chartOf(keys: string, ending: Ending): Chart {
  return {
    name: `checkpoints-${ending}${keys === FRESH ? '' : '-same'}`,
    title: `Checkpoint, ${WRITES} writes, ${ending}, by slots written before; ${keys}`,
    shows: (row) =>
      row.workload === WORKLOADS[ending] && row.keys === keys && row.runtime === 'Node',
  }
}

const scopeJobs = jobsBySize(scopesContenders, SIZES, 'dirty', (contender, dirtySlots, timing) =>
  onScopes(contender, dirtySlots, async (state, place, endings) => {
    const [fresh, same] = [freshSlots(dirtySlots), freshSlots(dirtySlots)(WRITES)]
    const rows: Row[] = []
    for (const keys of [FRESH, SAME]) {
      for (const ending of endings) {
        const batch = async (calls: number): Promise<number> => {
          const slots = keys === FRESH ? fresh(calls * WRITES) : Array(calls).fill(same).flat()
          const writes = { place, slots, each: WRITES }
          if (ending === 'commit') await state.checkpoint()
          const elapsed = await elapsedOf(() => contender.loops.inTurn(state, writes, ending))
          if (ending === 'commit') await state.revert()
          return elapsed
        }
        const took = await measureBatches(batch, { ...timing, mostCalls: MOST_SCOPES })
        rows.push(rowOf(contender, WORKLOADS[ending], took, { size: dirtySlots, keys }))
      }
    }
    return rows
  }),
)

const memoryJobs = jobsBySize(
  [{ name: MEMORY, runtimes: ['Node'] as const, open: async () => undefined }],
  SIZES,
  'dirty',
  async (_, size, timing) => [await touchMemory(size, timing)],
)

export const group: Group = {
  title: 'Checkpoints',
  runtimes: ['Node', 'Bun'],
  charts: [chartOf(FRESH, 'revert'), chartOf(FRESH, 'commit'), chartOf(SAME, 'revert')],
  targets: [speed, againstPeers],
  jobs: (scale) => [...scopeJobs(scale), ...memoryJobs(scale)],
}

/**
 * What memory alone takes: a line of the cache is read and written for each of some random places,
 * one after the other, as a hash table must at least once for a key that it did not meet lately.
 */
async function touchMemory(size: number, timing: Timing): Promise<Row> {
  const lines = 2 ** Math.ceil(Math.log2(size / ENTRIES_A_LINE))
  const memory = new Int32Array(lines * LINE_NUMBERS).fill(0)
  let place = 0
  const touch = (calls: number) => {
    let found = 0
    for (let left = calls * WRITES; left > 0; left--) {
      place = (Math.imul(place, 0x0019_660d) + 0x3c6e_f35f) | 0
      // What is found, always zero, is part of where to look next: no look-up overtakes another.
      const at = ((place >>> 8) + found) & (lines - 1)
      found = memory[at * LINE_NUMBERS] as number
      memory[at * LINE_NUMBERS] = found
    }
  }
  const options = { ...timing, mostCalls: 1_000 }
  const took = await measureBatches((calls) => elapsedOf(() => touch(calls)), options)
  const note = `${WRITES} lines, of as many as such a table has, read and written in a row`
  return rowOf({ name: MEMORY, note }, WORKLOADS.revert, took, { size, keys: FRESH })
}
