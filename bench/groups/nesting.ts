/** Checkpoints within each other, as calls of contracts open them, up to the 1,024 of the EVM. */

import { type Group, type Row, rowOf } from '../kit/group.ts'
import { jobsBySize } from '../kit/jobs.ts'
import { freshSlots } from '../kit/keys.ts'
import { elapsedOf, measureBatches } from '../kit/measure.ts'
import { MERKLE, TEVM } from '../kit/names.ts'
import { onScopes, scopesContenders } from '../kit/scopes.ts'

const WRITES = 2
const DIRTY_SLOTS = 1_000
/** Where a checkpoint, a commit or a write costs so much that more levels say nothing new. */
const SLOW_DEPTH = 128

const contenders = scopesContenders.map((contender) => {
  const mostSize = [TEVM, MERKLE].includes(contender.name) ? SLOW_DEPTH : undefined
  return { ...contender, mostSize }
})

export const group: Group = {
  title: 'Nested checkpoints',
  runtimes: ['Node', 'Bun'],
  jobs: jobsBySize(contenders, [16, 128, 1_024], 'levels', (contender, depth, timing) =>
    onScopes(contender, DIRTY_SLOTS, async (state, place, endings) => {
      const fresh = freshSlots(DIRTY_SLOTS)
      const rows: Row[] = []
      for (const ending of endings) {
        const took = await measureBatches(
          async () => {
            const writes = { place, slots: fresh(depth * WRITES), each: WRITES }
            await state.checkpoint()
            const elapsed = await elapsedOf(() => contender.loops.nested(state, writes, ending))
            await state.revert()
            return elapsed
          },
          { ...timing, operations: depth },
        )
        const ended = ending === 'revert' ? 'reverted' : 'committed'
        const workload = `${WRITES} writes at each level, then all levels ${ended}, per level`
        rows.push(rowOf(contender, workload, took, { size: depth }))
      }
      return rows
    }),
  ),
}
