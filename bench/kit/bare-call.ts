/**
 * The least that a read of a slot through the core takes from JavaScript: the address and the slot
 * are copied into its memory, one function is called, the value is copied out. Nothing is checked.
 */

import { MANAGER_CONFIG_SEED, STATE_MANAGER_SUCCESS } from '../../src/ffi/abi.gen.ts'
import type { Engine } from '../../src/ffi/engine.ts'
import { frameOf, writeSeed } from '../../src/ffi/frame.ts'
import { SLOT_BYTES } from './keys.ts'
import type { SlotApi } from './slot-apis.ts'

/** A state of its own in an engine, without a `StateManager`. */
export function bareState(engine: Engine): SlotApi<Uint8Array, Uint8Array, Uint8Array> {
  const frame = frameOf(engine)
  const { functions } = engine
  const { address, slot, value } = frame
  const { state_manager_get_storage_sync: get, state_manager_set_storage: set } = functions
  writeSeed(frame, MANAGER_CONFIG_SEED)
  requireSuccess(frame.settle(functions.state_manager_create(frame.struct, frame.handle)))
  const handle = frame.view.getUint32(frame.handle, true)
  let { bytes } = engine
  return {
    place: (given) => given,
    slot: (given) => given,
    value: (given) => given,
    read(givenAddress, givenSlot) {
      bytes.set(givenAddress, address)
      bytes.set(givenSlot, slot)
      get(handle, address, slot, value, 0)
      return bytes.slice(value, value + SLOT_BYTES)
    },
    write(givenAddress, givenSlot, given) {
      bytes.set(givenAddress, address)
      bytes.set(givenSlot, slot)
      bytes.fill(0, value, value + SLOT_BYTES)
      bytes.set(given, value + SLOT_BYTES - given.length)
      requireSuccess(frame.settle(set(handle, address, slot, value)))
      bytes = engine.bytes
    },
  }
}

function requireSuccess(status: number): void {
  if (status !== STATE_MANAGER_SUCCESS) throw new Error(`the core answers ${status}`)
}
