/** Dumps: a state written as text, and read into another one. */

import type { Timing } from '../kit/batches.ts'
import { elapsedOf, measureBatches, timingOf } from '../kit/batches.ts'
import type { Dumper, DumperMaker } from '../kit/dumpers.ts'
import { dumpers } from '../kit/dumpers.ts'
import type { Group, Job, Row } from '../kit/group.ts'
import { addressesOf, entryValue, SLOT_BYTES, slotOf, writeSlot, writeValue } from '../kit/keys.ts'

interface Load {
  readonly slots: number
  readonly timing: Timing
}

const CHECKED_SLOTS = 100

export const dumps: Group = {
  name: 'dumps',
  title: 'Dumps',
  about:
    'A state of so many slots, a thousand an account, 256 random bits each with values of 12 ' +
    'bytes, written as text and read into an empty state; forkstate checks all of a dump before ' +
    'it writes anything, and sorts what it dumps unless it does so in pieces.',
  runtimes: ['Node', 'Bun'],
  jobs: ({ isQuick }) => {
    const sizes = isQuick ? [1_000] : [10_000, 100_000]
    const timing = timingOf({ isQuick })
    return dumpers.flatMap((maker) =>
      sizes
        .filter((slots) => slots <= maker.mostSlots)
        .map(
          (slots): Job => ({
            name: `${maker.name}, ${slots} slots`,
            runtimes: maker.name.startsWith('@') ? ['Node'] : ['Node', 'Bun'],
            run: async () => await run(maker, { slots, timing }),
          }),
        ),
    )
  },
}

async function run(maker: DumperMaker, { slots, timing }: Load): Promise<readonly Row[]> {
  const { name: subject, note } = maker
  const state = await maker.make()
  await fill(state, slots)
  await requireSlots(subject, state, slots)
  const text = await state.dump()
  const options = { ...timing, mostCalls: 1, operations: slots }
  const row = { subject, size: slots, ...(note !== undefined && { note }) } as const
  const dumped = await measureBatches(() => elapsedOf(() => state.dump()), options)
  const length = text.length / slots
  const rows: Row[] = [
    { ...row, workload: 'dump to text, per slot', unit: 'ns', ...dumped },
    {
      ...row,
      workload: 'length of the text, per slot',
      unit: 'B',
      median: length,
      least: length,
      most: length,
    },
  ]
  state.destroy()
  if (state.load === undefined) return rows
  await requireSlots(subject, await loaded(maker, text), slots)
  const read = await measureBatches(async () => await timeLoad(maker, text), options)
  return [...rows, { ...row, workload: 'load of the text, per slot', unit: 'ns', ...read }]
}

async function fill(state: Dumper, slots: number): Promise<void> {
  const addresses = addressesOf(slots)
  const [slot, value] = [new Uint8Array(SLOT_BYTES), new Uint8Array(SLOT_BYTES)]
  for (let entry = 0; entry < slots; entry++) {
    const address = addresses[entry % addresses.length] as Uint8Array
    const [key, content] = [writeSlot('uniform', entry, slot), writeValue(entry, value)]
    const written = state.set(address, key, content)
    if (written instanceof Promise) await written
  }
}

async function loaded(maker: DumperMaker, text: string): Promise<Dumper> {
  const state = await maker.make()
  await state.load?.(text)
  return state
}

async function timeLoad(maker: DumperMaker, text: string): Promise<number> {
  const state = await maker.make()
  const elapsed = await elapsedOf(() => state.load?.(text))
  state.destroy()
  return elapsed
}

/** @throws Error if a slot has another value than was written. */
async function requireSlots(name: string, state: Dumper, slots: number): Promise<void> {
  const addresses = addressesOf(slots)
  const step = Math.ceil(slots / CHECKED_SLOTS)
  for (let entry = 0; entry < slots; entry += step) {
    const address = addresses[entry % addresses.length] as Uint8Array
    const found = await state.get(address, slotOf('uniform', entry))
    const digits = Buffer.from(found ?? [])
      .toString('hex')
      .replace(/^(00)+/, '')
    const expected = Buffer.from(entryValue(entry)).toString('hex')
    if (digits !== expected) throw new Error(`${name}: slot ${entry} is ${digits}, not ${expected}`)
  }
}
