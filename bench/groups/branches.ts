/** Branches: independent states that start from one of up to a million slots. */

import type { MaybeLater, Timing } from '../kit/batches.ts'
import { elapsedOf, measureBatches, timingOf } from '../kit/batches.ts'
import type { Branching, BranchingMaker } from '../kit/branching.ts'
import { branchingMakers } from '../kit/branching.ts'
import type { Chart, Group, Job, Row, Target } from '../kit/group.ts'
import { accountsOf, addressesOf, addressOf, SLOT_BYTES, slotOf, writeSlot } from '../kit/keys.ts'
import { microseconds, summaryOf } from '../kit/measure.ts'
import { isWasmInNode } from '../kit/names.ts'

interface Load {
  readonly slots: number
  readonly timing: Timing
  /** How often the first branch of a state is measured, each time of another state. */
  readonly states: number
}

const MOST_BRANCHES = 128
const BEFORE = new Uint8Array(SLOT_BYTES).fill(7)
const AFTER = new Uint8Array(SLOT_BYTES).fill(9)

const FIRST = 'the first branch of a state'
const AGAIN = 'branch, and drop it'
const USED = 'write to the state, branch, read an old slot there, write it, drop the branch'

const chart: Chart = {
  name: 'branches',
  title: 'Branching a state, by its slots',
  shows: ({ workload, runtime }) => workload === AGAIN && runtime === 'Node',
  label: ({ subject }) => subject,
}

const target: Target = {
  work: 'branch of a manager with 1M slots',
  target: 'O(1): <= 10 us',
  judge(rows) {
    const own = rows.filter(isWasmInNode).filter(({ size }) => size === 1_000_000)
    const medians = [FIRST, AGAIN, USED].map((wanted) => {
      return own.find(({ workload }) => workload === wanted)?.median
    })
    const [first, again, used] = medians
    if (first === undefined || again === undefined || used === undefined) return undefined
    return {
      measured:
        `${microseconds(again)}, ${microseconds(used)} with its use; ` +
        `${microseconds(first)} as a first call, by the wall clock, with cold caches`,
      isMet: again <= 10_000 && used <= 10_000,
    }
  },
}

export const branches: Group = {
  name: 'branches',
  title: 'Branches',
  about:
    'Independent states that start from one with so many slots, a thousand an account, 256 random ' +
    'bits each. The first branch of a state is a single call, by the wall clock, once for each of ' +
    'some states that were just filled: nothing of the code is in the caches of the processor ' +
    'then, and any first call takes as long. `shallowCopy` of the RPC state manager copies no ' +
    'local write, so that it is not here.',
  runtimes: ['Node', 'Bun'],
  charts: [chart],
  targets: [target],
  jobs: ({ isQuick }) => {
    const sizes = isQuick ? [1_000] : [1_000, 10_000, 100_000, 1_000_000]
    const timing = timingOf({ isQuick })
    const states = isQuick ? 3 : 9
    return branchingMakers.flatMap((maker) =>
      sizes
        .filter((slots) => slots <= maker.mostSlots)
        .map(
          (slots): Job => ({
            name: `${maker.name}, ${slots} slots`,
            runtimes: maker.name.startsWith('@') ? ['Node'] : ['Node', 'Bun'],
            run: async () => await run(maker, { slots, timing, states }),
          }),
        ),
    )
  },
}

async function run(maker: BranchingMaker, load: Load): Promise<readonly Row[]> {
  const { slots, timing, states } = load
  const state = await filled(maker, slots)
  await requireBranches(maker.name, state, slots)
  const options = { ...timing, mostCalls: MOST_BRANCHES }
  const again = await measureBatches((calls) => elapsedOf(() => branchOff(state, calls)), options)
  const used = await measureBatches((calls) => elapsedOf(() => use(state, calls, slots)), options)
  await requireBranches(maker.name, state, slots)
  state.destroy()

  const { name: subject, note, isCopy } = maker
  const row = { subject, size: slots, unit: 'ns', ...(note !== undefined && { note }) } as const
  const rows: Row[] = [
    { ...row, workload: AGAIN, ...again },
    { ...row, workload: USED, ...used },
  ]
  if (isCopy) return rows
  const firsts: number[] = []
  for (let round = 0; round < states; round++) firsts.push(await timeFirst(maker, slots))
  return [{ ...row, workload: FIRST, ...summaryOf(firsts) }, ...rows]
}

async function filled(maker: BranchingMaker, slots: number): Promise<Branching> {
  const state = await maker.make()
  const addresses = addressesOf(slots)
  const slot = new Uint8Array(SLOT_BYTES)
  for (let entry = 0; entry < slots; entry++) {
    const address = addresses[entry % addresses.length] as Uint8Array
    const written = state.set(address, writeSlot('uniform', entry, slot), BEFORE)
    if (written instanceof Promise) await written
  }
  return state
}

async function timeFirst(maker: BranchingMaker, slots: number): Promise<number> {
  const state = await filled(maker, slots)
  const branched: MaybeLater<Branching>[] = []
  const elapsed = await elapsedOf(() => branched.push(state.branch()), 'wall')
  for (const branch of branched) (await branch).destroy()
  state.destroy()
  return elapsed
}

async function branchOff(state: Branching, calls: number): Promise<void> {
  for (let call = 0; call < calls; call++) {
    const made = state.branch()
    const branch = made instanceof Promise ? await made : made
    branch.destroy()
  }
}

async function use(state: Branching, calls: number, slots: number): Promise<void> {
  const [address, slot] = [addressOf(0), slotOf('uniform', 0)]
  const [lastAddress, lastSlot] = lastOf(slots)
  for (let call = 0; call < calls; call++) {
    const written = state.set(address, slot, BEFORE)
    if (written instanceof Promise) await written
    const made = state.branch()
    const branch = made instanceof Promise ? await made : made
    const read = branch.get(lastAddress, lastSlot)
    const value = read instanceof Promise ? await read : read
    if (value?.at(-1) !== BEFORE[0]) throw new Error('a branch lacks an old slot')
    const changed = branch.set(address, slot, AFTER)
    if (changed instanceof Promise) await changed
    branch.destroy()
  }
}

function lastOf(slots: number): readonly [Uint8Array, Uint8Array] {
  return [addressOf((slots - 1) % accountsOf(slots)), slotOf('uniform', slots - 1)]
}

/** @throws Error if a branch lacks something, or one of both sees a write of the other. */
async function requireBranches(name: string, state: Branching, slots: number): Promise<void> {
  const [address, slot] = lastOf(slots)
  const unknown = slotOf('uniform', slots)
  const branch = await state.branch()
  const expect = async (of: Branching, ...expected: readonly number[]) => {
    const found = [slot, unknown].map(async (key) => (await of.get(address, key))?.at(-1) ?? 0)
    const values = (await Promise.all(found)).join()
    if (values !== expected.join()) throw new Error(`${name}: ${values}, not ${expected.join()}`)
  }
  await expect(branch, 7, 0)
  await branch.set(address, slot, AFTER)
  await branch.set(address, unknown, AFTER)
  await expect(branch, 9, 9)
  await expect(state, 7, 0)
  const second = await branch.branch()
  await branch.set(address, slot, BEFORE)
  await expect(second, 9, 9)
  await expect(branch, 7, 9)
  second.destroy()
  branch.destroy()
}
