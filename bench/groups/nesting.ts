/** Checkpoints within each other, as calls of contracts open them, up to the 1,024 of the EVM. */

import type { Timing } from '../kit/batches.ts'
import { elapsedOf, measureBatches, timingOf } from '../kit/batches.ts'
import type { Group, Job, Row } from '../kit/group.ts'
import { MERKLE, TEVM } from '../kit/names.ts'
import type { Ending, ScopesMaker } from '../kit/scopes.ts'
import { awaitedMakers, directMakers, fill, requireScopes, WritePool } from '../kit/scopes.ts'

interface Load {
  readonly depth: number
  readonly timing: Timing
}

const WRITES = 2
/** Slots written before. */
const DIRTY_SLOTS = 1_000
/** Where a checkpoint, a commit or a write costs so much that more levels say nothing new. */
const SLOW_DEPTH = 128
const SLOW = [TEVM, MERKLE]

const WORKLOADS: Readonly<Record<Ending, string>> = {
  revert: `${WRITES} writes at each level, then all levels reverted, per level`,
  commit: `${WRITES} writes at each level, then all levels committed, per level`,
}

export const nesting: Group = {
  name: 'nesting',
  title: 'Nested checkpoints',
  about:
    `As many checkpoints as the column says are opened within each other, with ${WRITES} writes of ` +
    'fresh slots (256 random bits) after each, and then closed from the innermost to the ' +
    `outermost; ${DIRTY_SLOTS.toLocaleString('en')} slots of the account were written before. ` +
    'Committed levels stand in one that is reverted in the end, which is not timed.',
  runtimes: ['Node', 'Bun'],
  jobs: ({ isQuick }) => {
    const depths = isQuick ? [16] : [16, 128, 1_024]
    const timing = timingOf({ isQuick })
    const jobOf = (maker: ScopesMaker, depth: number): Job => ({
      name: `${maker.name}, ${depth} levels`,
      run: async () => await run(maker, { depth, timing }),
    })
    return [
      ...directMakers.flatMap((maker) => depths.map((depth) => jobOf(maker, depth))),
      ...awaitedMakers.flatMap((maker) => {
        const own = depths.filter((depth) => depth <= SLOW_DEPTH || !SLOW.includes(maker.name))
        return own.map((depth): Job => ({ ...jobOf(maker, depth), runtimes: ['Node'] }))
      }),
    ]
  },
}

async function run(maker: ScopesMaker, { depth, timing }: Load): Promise<readonly Row[]> {
  const scopes = await maker.make()
  await scopes.checkpoint()
  await fill(scopes, DIRTY_SLOTS)
  await requireScopes(maker, scopes, DIRTY_SLOTS)
  const pool = new WritePool(DIRTY_SLOTS)
  const rows: Row[] = []
  for (const ending of maker.endings) {
    const batch = async () => {
      const writes = { slots: pool.fresh(depth * WRITES), each: WRITES }
      await scopes.checkpoint()
      const elapsed = await elapsedOf(() => scopes.nested(writes, ending))
      await scopes.end('revert')
      return elapsed
    }
    const took = await measureBatches(batch, { ...timing, mostCalls: 1, operations: depth })
    const { name: subject, note } = maker
    const row = { workload: WORKLOADS[ending], subject, size: depth, unit: 'ns' } as const
    rows.push({ ...row, ...took, ...(note !== undefined && { note }) })
  }
  await requireScopes(maker, scopes, DIRTY_SLOTS)
  scopes.destroy()
  return rows
}
