/**
 * What the benchmarks compare: forkstate over each build of the core, and a plain `Map` with an
 * undo log, the least that a correct state manager in JavaScript could do.
 */

import type { Engine } from '../../src/index.ts'
import { StateManager } from '../../src/index.ts'
import { loadNative } from '../../src/native.ts'
import { loadWasm } from '../../src/wasm.ts'
import { LeftOut } from './group.ts'
import { NATIVE, UNDO_LOG, WASM } from './names.ts'

/** A build of the core. */
export interface EngineLoader {
  readonly name: string
  /** @throws LeftOut if it cannot run here. */
  load(): Promise<Engine>
}

/** Storage of one account with checkpoints. Keys and values are 32 bytes. */
export interface Subject {
  get(slot: Uint8Array): Uint8Array
  set(slot: Uint8Array, value: Uint8Array): void
  checkpoint(): void
  commit(): void
  revert(): void
  destroy(): void
}

const ACCOUNT = new Uint8Array(20).fill(0x11)
const ZERO = new Uint8Array(32)

function forkstate(state: StateManager): Subject {
  return {
    get: (slot) => state.peekStorageBytes(ACCOUNT, slot) ?? ZERO,
    set: (slot, value) => state.setStorage(ACCOUNT, slot, value),
    checkpoint: () => state.checkpoint(),
    commit: () => state.commit(),
    revert: () => state.revert(),
    destroy: () => state.destroy(),
  }
}

/** A map by hex key, as most JavaScript state managers have, with the cheapest correct journal. */
class MapWithUndoLog implements Subject {
  readonly #values = new Map<string, Uint8Array>()
  readonly #undo: (readonly [string, Uint8Array | undefined])[] = []
  readonly #marks: number[] = []

  get(slot: Uint8Array): Uint8Array {
    return this.#values.get(keyOf(slot)) ?? ZERO
  }

  set(slot: Uint8Array, value: Uint8Array): void {
    const key = keyOf(slot)
    if (this.#marks.length > 0) this.#undo.push([key, this.#values.get(key)])
    this.#values.set(key, value.slice())
  }

  checkpoint(): void {
    this.#marks.push(this.#undo.length)
  }

  commit(): void {
    this.#marks.pop()
    if (this.#marks.length === 0) this.#undo.length = 0
  }

  revert(): void {
    const mark = this.#marks.pop() ?? 0
    while (this.#undo.length > mark) {
      const [key, value] = this.#undo.pop() as readonly [string, Uint8Array | undefined]
      if (value === undefined) this.#values.delete(key)
      else this.#values.set(key, value)
    }
  }

  destroy(): void {
    this.#values.clear()
  }
}

function keyOf(slot: Uint8Array): string {
  return Buffer.from(slot.buffer, slot.byteOffset, slot.byteLength).toString('hex')
}

/** Makes a subject; asynchronous, since its code may have to be loaded. */
export interface SubjectMaker {
  readonly name: string
  /** @throws LeftOut if it cannot run here. */
  make(): Promise<Subject>
}

/** The engines of forkstate. */
export const engines: readonly EngineLoader[] = [
  { name: WASM, load: loadWasm },
  {
    name: NATIVE,
    async load() {
      try {
        return await loadNative()
      } catch (error) {
        throw new LeftOut((error as Error).message.split('\n')[0], { cause: error })
      }
    },
  },
]

export const undoLogMap: SubjectMaker = {
  name: UNDO_LOG,
  make: async () => new MapWithUndoLog(),
}

/** All subjects of the checkpoint benchmark. */
export const makers: readonly SubjectMaker[] = [
  ...engines.map(({ name, load }) => ({
    name,
    make: async () => forkstate(new StateManager({ ffi: await load() })),
  })),
  undoLogMap,
]
