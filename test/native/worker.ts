/**
 * A worker thread of `workers.test.ts`: works on states of its own through the native core and
 * checks every value it reads. It leaves one manager undestroyed, whose handle it posts.
 */

import { parentPort, workerData } from 'node:worker_threads'

import { STATE_MANAGER_SUCCESS } from '../../src/ffi/abi.gen.ts'
import { type Engine, type Hex, StateManager } from '../../src/index.ts'
import { loadNative } from '../../src/native.ts'

/** The message to a worker. */
export interface WorkerTask {
  readonly seed: number
  /** How many rounds to work; for ever if absent. */
  readonly rounds?: number
}

/** What a worker posts: first its handle, then, after its rounds, what it did. */
export type WorkerReport =
  | { readonly handle: number }
  | { readonly operations: number; readonly wrong: number }

const WRITES_A_ROUND = 50

function hex(value: number, bytes: number): Hex {
  return `0x${value.toString(16).padStart(bytes * 2, '0')}`
}

function leaveBehind({ functions, frame, view }: Engine): number {
  view.setBigUint64(frame, 1n, true)
  const status = functions.state_manager_create(frame, frame + 8)
  if (status !== STATE_MANAGER_SUCCESS) throw new Error(`status ${status}`)
  return view.getUint32(frame + 8, true)
}

/** Writes, reverts some, and compares every value; the number of wrong ones. */
function workRound(state: StateManager, seed: number, round: number): number {
  const address = hex(seed * 1_000 + (round % 7), 20)
  let wrong = 0
  state.setBalance(address, BigInt(round))
  for (let slot = 0; slot < WRITES_A_ROUND; slot++) {
    state.setStorage(address, hex(slot, 32), hex(seed + round + slot, 32))
  }
  state.checkpoint()
  for (let slot = 0; slot < WRITES_A_ROUND; slot++) {
    state.setStorage(address, hex(slot, 32), hex(0xdead, 32))
  }
  if (state.peekStorage(address, hex(0, 32)) !== hex(0xdead, 32)) wrong += 1
  state.revert()
  for (let slot = 0; slot < WRITES_A_ROUND; slot++) {
    if (state.peekStorage(address, hex(slot, 32)) !== hex(seed + round + slot, 32)) wrong += 1
  }
  return state.peekBalance(address) === BigInt(round) ? wrong : wrong + 1
}

async function work({ seed, rounds = Number.POSITIVE_INFINITY }: WorkerTask): Promise<void> {
  const ffi = await loadNative()
  const post = (report: WorkerReport): void => parentPort?.postMessage(report)
  post({ handle: leaveBehind(ffi) })
  const state = new StateManager({ ffi })
  let wrong = 0
  for (let round = 0; round < rounds; round++) wrong += workRound(state, seed, round)
  state.destroy()
  post({ operations: rounds * (3 * WRITES_A_ROUND + 5), wrong })
}

await work(workerData as WorkerTask)
