/** Branches: independent states that start from one of up to a million slots. */

import { ownStates, sharedEngines } from '../kit/forkstate.ts'
import { type Group, type Row, rowOf, type Target } from '../kit/group.ts'
import { jobsBySize, type SizedContender } from '../kit/jobs.ts'
import { entryValue, SLOT_BYTES } from '../kit/keys.ts'
import { MAP, NESTED_MAP } from '../kit/maps.ts'
import type { Timing } from '../kit/measure.ts'
import { elapsedOf, measureBatches, microseconds, summaryOf } from '../kit/measure.ts'
import { MERKLE, SIMPLE, statesOf, TEVM } from '../kit/peers.ts'
import { fill, requireValues, type State, type Visits, visitsTo } from '../kit/state.ts'
import { medianOf, OWN } from '../kit/targets.ts'

/** What copies takes as long for the first branch as for another. */
type BranchContender = SizedContender<State> & { readonly isCopy?: true }

const MOST_BRANCHES = 128
const BEFORE = new Uint8Array(SLOT_BYTES).fill(7)
const AFTER = new Uint8Array(SLOT_BYTES).fill(9)

const FIRST = 'the first branch of a state'
const AGAIN = 'branch, and drop it'
const USED = 'write to the state, branch, read an old slot there, write it, drop the branch'

const contenders: readonly BranchContender[] = [
  ...ownStates(sharedEngines),
  { ...MAP, note: '`new Map(map)`', isCopy: true },
  { ...NESTED_MAP, note: '`new Map(map)`, and so for each account', isCopy: true },
  {
    ...{ ...statesOf(SIMPLE), isCopy: true },
    note: 'its `shallowCopy` copies its maps, with those of open checkpoints',
  },
  {
    ...{ ...statesOf(MERKLE), isCopy: true, mostSize: 1_000 },
    note:
      'its `shallowCopy` shares the trie and copies nothing that is only in its caches, so that ' +
      '`getStateRoot` must write that to the trie before; the caches of the copy are empty',
  },
  {
    ...{ ...statesOf(TEVM), isCopy: true, mostSize: 10_000 },
    note: '`deepCopy`, a dump that is loaded; its `shallowCopy` copies nothing',
  },
]

const target: Target = {
  work: 'branch of a manager with 1M slots',
  target: 'O(1): <= 10 us',
  evaluate(rows) {
    const of = (workload: string) => medianOf(rows, { ...OWN, size: 1_000_000, workload })
    const [again, used] = [of(AGAIN), of(USED)]
    return {
      measured:
        `${microseconds(again)}, ${microseconds(used)} with its use; ` +
        `${microseconds(of(FIRST))} as a first call, by the wall clock, with cold caches`,
      isMet: again <= 10_000 && used <= 10_000,
    }
  },
}

export const group: Group = {
  title: 'Branches',
  runtimes: ['Node', 'Bun'],
  charts: [
    {
      name: 'branches',
      title: 'Branching a state, by its slots',
      shows: ({ workload, runtime }) => workload === AGAIN && runtime === 'Node',
    },
  ],
  targets: [target],
  jobs: jobsBySize(contenders, [1_000, 10_000, 100_000, 1_000_000], 'slots', measure),
}

async function measure(contender: BranchContender, size: number, timing: Timing): Promise<Row[]> {
  const load = { size, keys: 'uniform' } as const
  const filled = async (): Promise<State> => {
    const state = await contender.open()
    await fill(state, load)
    return state
  }
  const state = await filled()
  const visits = visitsTo(state, load, [0, size - 1, size])
  await requireBranches(contender.name, state, visits)
  const options = { ...timing, mostCalls: MOST_BRANCHES }
  const again = await measureBatches((calls) => elapsedOf(() => branchOff(state, calls)), options)
  const used = await measureBatches((calls) => elapsedOf(() => use(state, visits, calls)), options)
  await requireBranches(contender.name, state, visits)
  state.destroy()

  const rows = [rowOf(contender, AGAIN, again, { size }), rowOf(contender, USED, used, { size })]
  if (contender.isCopy) return rows
  const firsts: number[] = []
  while (firsts.length < timing.rounds) firsts.push(await timeFirst(await filled()))
  return [rowOf(contender, FIRST, summaryOf(firsts), { size }), ...rows]
}

async function timeFirst(state: State): Promise<number> {
  const branched: ReturnType<State['branch']>[] = []
  const elapsed = await elapsedOf(() => branched.push(state.branch()), 'wall')
  for (const branch of branched) (await branch).destroy()
  state.destroy()
  return elapsed
}

async function branchOff(state: State, calls: number): Promise<void> {
  for (let call = 0; call < calls; call++) {
    const made = state.branch()
    const branch = made instanceof Promise ? await made : made
    branch.destroy()
  }
}

async function use(state: State, { entries, places, slots }: Visits, calls: number): Promise<void> {
  const [[place, lastPlace], [slot, lastSlot]] = [places, slots]
  const lastByte = entryValue(entries[1] ?? 0).at(-1)
  for (let call = 0; call < calls; call++) {
    const written = state.write(place, slot, BEFORE)
    if (written instanceof Promise) await written
    const made = state.branch()
    const branch = made instanceof Promise ? await made : made
    const read = branch.read(lastPlace, lastSlot)
    const value = (read instanceof Promise ? await read : read) as Uint8Array
    if (value.at(-1) !== lastByte) throw new Error('a branch lacks an old slot')
    const changed = branch.write(place, slot, AFTER)
    if (changed instanceof Promise) await changed
    branch.destroy()
  }
}

/** @throws Error if a branch lacks something, or one of both sees a write of the other. */
async function requireBranches(name: string, state: State, visits: Visits): Promise<void> {
  // The first slot is changed while the state is used.
  const [entries, places, slots] = [[...visits.entries], visits.places, visits.slots].map((list) =>
    list.slice(1),
  ) as [number[], unknown[], unknown[]]
  const expect = (of: State, last?: Uint8Array, unknown?: Uint8Array) =>
    requireValues(name, of, { entries, places, slots }, (entry) =>
      entry === entries[0] ? (last ?? entryValue(entry)) : unknown,
    )
  const branch = await state.branch()
  await expect(branch)
  await branch.write(places[0], slots[0], AFTER)
  await branch.write(places[1], slots[1], AFTER)
  await expect(branch, AFTER, AFTER)
  await expect(state)
  const second = await branch.branch()
  await branch.write(places[0], slots[0], BEFORE)
  await expect(second, AFTER, AFTER)
  await expect(branch, BEFORE, AFTER)
  second.destroy()
  branch.destroy()
}
