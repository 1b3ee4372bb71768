/** Dumps: a state written as text, and read into another one. */

import { fromAnvilState, type Hex, StateManager, toAnvilState } from '../../src/index.ts'
import { bytesState, sharedEngines } from '../kit/forkstate.ts'
import { type Group, type Row, rowOf } from '../kit/group.ts'
import { jobsBySize, type SizedContender } from '../kit/jobs.ts'
import { SLOT_BYTES, samplesOf } from '../kit/keys.ts'
import { elapsedOf, measureBatches, summaryOf, type Timing } from '../kit/measure.ts'
import { MERKLE, statesOf, TEVM } from '../kit/peers.ts'
import { fill, requireValues, type State, stateOf, visitsTo } from '../kit/state.ts'

type DumpContender = SizedContender<State> & { readonly isOnlyWritten?: true }

const forms: readonly {
  readonly suffix: string
  readonly note?: string
  of(state: StateManager): Partial<Pick<State, 'dump' | 'load'>>
}[] = [
  { suffix: '', of: () => ({}) },
  {
    suffix: ', in pieces',
    note: '`dumpStream`, for states too large for one text',
    of: (state) => ({
      dump: () => [...state.dumpStream()].map((piece) => JSON.stringify(piece)).join('\n'),
      load(text) {
        for (const line of text.split('\n')) state.load(JSON.parse(line))
      },
    }),
  },
  {
    suffix: ', as a state of anvil',
    note: 'gzipped, as hex',
    of: (state) => ({
      dump: () => toAnvilState(state),
      load: async (text) => state.load(await fromAnvilState(text as Hex)),
    }),
  },
]

const contenders: readonly DumpContender[] = [
  ...sharedEngines.flatMap(({ name, open }) =>
    forms.map(({ suffix, note, of }) => ({
      name: `${name}${suffix}`,
      note,
      async open() {
        const state = new StateManager({ ffi: await open() })
        return Object.assign(bytesState(state), of(state))
      },
    })),
  ),
  { name: 'nested Map', open: async () => hexMap() },
  { ...statesOf(TEVM), note: '`dumpCanonicalGenesis`, with accounts; `generateCanonicalGenesis`' },
  {
    ...{ ...statesOf(MERKLE), mostSize: 10_000, isOnlyWritten: true },
    note: '`dumpStorage` of each account: by the hash of a slot, so that it cannot be loaded',
  },
]

export const group: Group = {
  title: 'Dumps',
  runtimes: ['Node', 'Bun'],
  jobs: jobsBySize(contenders, [10_000, 100_000], 'slots', measure, 1_000),
}

async function measure(contender: DumpContender, size: number, timing: Timing): Promise<Row[]> {
  const load = { size, keys: 'uniform', valueBytes: SLOT_BYTES } as const
  const requireSlots = async (filled: State) => {
    const visits = visitsTo(filled, load, samplesOf(size, 100))
    await requireValues(contender.name, filled, visits)
  }
  const state = await contender.open()
  const places = await fill(state, load)
  await requireSlots(state)
  const text = await state.dump(places)
  const options = { ...timing, operations: size }
  const dumped = await measureBatches(() => elapsedOf(() => state.dump(places)), options)
  const length = summaryOf([text.length / size])
  const rows = [
    rowOf(contender, 'dump to text, per slot', dumped, { size }),
    rowOf(contender, 'length of the text, per slot', length, { size, unit: 'B' }),
  ]
  state.destroy()
  if (contender.isOnlyWritten) return rows
  const loaded = await contender.open()
  await loaded.load(text)
  await requireSlots(loaded)
  const read = await measureBatches(async () => {
    const empty = await contender.open()
    const elapsed = await elapsedOf(() => empty.load(text))
    empty.destroy()
    return elapsed
  }, options)
  return [...rows, rowOf(contender, 'load of the text, per slot', read, { size })]
}

/** A map of maps with addresses and slots as hex, as dumps have them. */
function hexMap(): State<Uint8Array, Uint8Array, Uint8Array> {
  const accounts = new Map<string, Map<string, Uint8Array>>()
  const storageOf = (address: string) => {
    const storage = accounts.get(address) ?? new Map<string, Uint8Array>()
    accounts.set(address, storage)
    return storage
  }
  return stateOf({
    read: (place, slot) => accounts.get(hex(place))?.get(hex(slot)),
    write: (place, slot, value) => void storageOf(hex(place)).set(hex(slot), value),
    dump() {
      const storages = [...accounts].map(([address, slots]) => {
        const values = [...slots].map(([slot, value]) => [slot, hex(value)] as const)
        return [address, Object.fromEntries(values)] as const
      })
      return JSON.stringify(Object.fromEntries(storages))
    },
    load(text) {
      const storages: Record<string, Record<string, string>> = JSON.parse(text)
      for (const [address, slots] of Object.entries(storages)) {
        const storage = storageOf(address)
        for (const [slot, value] of Object.entries(slots)) {
          storage.set(slot, new Uint8Array(Buffer.from(value.slice(2), 'hex')))
        }
      }
    },
    destroy: () => accounts.clear(),
  })
}

function hex(bytes: Uint8Array): Hex {
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`
}
