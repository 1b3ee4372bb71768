/**
 * The ways to read and write slots that are compared, behind one interface: forkstate's own, plain
 * maps, and the `StateManagerInterface` of EthereumJS over forkstate and its peers.
 *
 * Each takes keys and values in its own form, which are made before anything is timed.
 */

import { Account, Address } from '@ethereumjs/util'
import { toHex } from '../../src/encoding/hex.ts'
import type { Hex } from '../../src/index.ts'
import { StateManager } from '../../src/index.ts'
import type { PeerMaker } from './peers.ts'
import { adapters, MERKLE, RPC, SIMPLE, TEVM } from './peers.ts'
import { plainMaps } from './plain-maps.ts'
import { engines } from './subjects.ts'

/** One way to reach the slots of one state. */
export interface SlotApi<Place = unknown, Slot = unknown, Value = unknown> {
  /** An address as it is passed; of 20 bytes. */
  place(address: Uint8Array): Place
  /** A slot as it is passed; of 32 bytes. */
  slot(slot: Uint8Array): Slot
  /** A value as it is written; of bytes without zeros before them. */
  value(value: Uint8Array): Value
  read(place: Place, slot: Slot): unknown
  write(place: Place, slot: Slot, value: Value): unknown
  /** Undefined where there is no such thing. */
  readonly checkpoint?: () => unknown
  readonly revert?: () => unknown
}

export interface SlotApiMaker {
  readonly subject: string
  readonly note?: string
  /** What its reads and its writes are called; the same text for those that do the same. */
  readonly reads?: string
  readonly writes?: string
  /** An empty state, whose accounts exist if that is needed. @throws LeftOut */
  open(addresses: readonly Uint8Array[]): Promise<SlotApi>
}

/** Workloads of reads. */
export const READ_BYTES = 'slot read at once, bytes (`peekStorageBytes`)'
export const READ_HEX = 'slot read at once, hex (`peekStorage`)'
export const AWAIT_BYTES = 'slot read, awaited, bytes (`getStorageBytes`)'
export const AWAIT_HEX = 'slot read, awaited, hex (`getStorage`)'
export const AWAIT_INTERFACE = 'slot read, awaited, EthereumJS interface (`getStorage`)'
/** Workloads of writes, to which is added what is written where. */
export const WRITE_BYTES = 'slot write, bytes (`setStorage`)'
export const WRITE_HEX = 'slot write, hex (`setStorage`)'
export const WRITE_INTERFACE = 'slot write, EthereumJS interface (`putStorage`)'

const asBytes = (bytes: Uint8Array): Uint8Array => bytes
const asHex = (bytes: Uint8Array): Hex => toHex(bytes)

type Read<Form> = (state: StateManager) => (place: Form, slot: Form) => unknown

const ownReads = [
  own(asBytes, {
    reads: READ_BYTES,
    writes: WRITE_BYTES,
    reader: (state) => (place, slot) => state.peekStorageBytes(place, slot),
  }),
  own(asHex, {
    reads: READ_HEX,
    writes: WRITE_HEX,
    reader: (state) => (place, slot) => state.peekStorage(place, slot),
  }),
  own(asBytes, {
    reads: AWAIT_BYTES,
    reader: (state) => (place, slot) => state.getStorageBytes(place, slot),
  }),
  own(asHex, {
    reads: AWAIT_HEX,
    reader: (state) => (place, slot) => state.getStorage(place, slot),
  }),
]

/** An API of forkstate over each build of the core. */
function own<Form extends Hex | Uint8Array>(
  form: (bytes: Uint8Array) => Form,
  {
    reader,
    ...workloads
  }: { readonly reads: string; readonly writes?: string; readonly reader: Read<Form> },
): readonly SlotApiMaker[] {
  return engines.map(({ name, load }) => ({
    ...workloads,
    subject: name,
    async open() {
      const state = new StateManager({ ffi: await load() })
      const api: SlotApi<Form, Form, Form> = {
        place: form,
        slot: form,
        value: form,
        read: reader(state),
        write: (place, slot, value) => state.setStorage(place, slot, value),
        checkpoint: () => state.checkpoint(),
        revert: () => state.revert(),
      }
      return api
    },
  }))
}

const mapApis: readonly SlotApiMaker[] = plainMaps.map(({ name, note, make }) => ({
  subject: name,
  note,
  reads: READ_BYTES,
  writes: WRITE_BYTES,
  async open() {
    const state = make()
    const api: SlotApi<Uint8Array, Uint8Array, Uint8Array> = {
      place: asBytes,
      slot: asBytes,
      value: asBytes,
      read: (place, slot) => state.get(place, slot),
      write: (place, slot, value) => state.set(place, slot, value),
    }
    return api
  },
}))

function ofInterface({ name, note, make }: PeerMaker): SlotApiMaker {
  return {
    subject: name,
    ...(note !== undefined && { note }),
    reads: AWAIT_INTERFACE,
    writes: WRITE_INTERFACE,
    async open(addresses) {
      const state = await make()
      for (const address of addresses) await state.putAccount(new Address(address), new Account(1n))
      const api: SlotApi<Address, Uint8Array, Uint8Array> = {
        place: (address) => new Address(address),
        slot: asBytes,
        value: asBytes,
        read: (place, slot) => state.getStorage(place, slot),
        write: (place, slot, value) => state.putStorage(place, slot, value),
        checkpoint: () => state.checkpoint(),
        revert: () => state.revert(),
      }
      return api
    },
  }
}

/** forkstate's own APIs and the adapter, over each build. */
export const ownApis: readonly SlotApiMaker[] = [...ownReads.flat(), ...adapters.map(ofInterface)]

/** Peers that hold a million slots in seconds. */
export const fastPeers: readonly SlotApiMaker[] = [
  ...mapApis,
  ...[SIMPLE, RPC, TEVM].map(ofInterface),
]

/** Peers that do not. */
export const slowPeers: readonly SlotApiMaker[] = [ofInterface(MERKLE)]
