/**
 * What the benchmarks compare: forkstate over each build of the core, and a plain `Map` with an
 * undo log, the least that a correct state manager in JavaScript could do.
 */

import type { Engine } from '../src/index.ts'
import { StateManager } from '../src/index.ts'
import { loadNative } from '../src/native.ts'
import { loadWasm } from '../src/wasm.ts'

/** What the trie work is compared with. */
export const PEER = '@ethereumjs/mpt'

/** A build of the core that runs here. */
export interface Build {
  readonly name: string
  readonly ffi: Engine
}

/** Storage of one account with checkpoints. Keys and values are 32 bytes. */
export interface Subject {
  readonly name: string
  get(slot: Uint8Array): Uint8Array
  set(slot: Uint8Array, value: Uint8Array): void
  checkpoint(): void
  commit(): void
  revert(): void
  destroy(): void
}

const ACCOUNT = new Uint8Array(20).fill(0x11)
const ZERO = new Uint8Array(32)

function forkstate(name: string, state: StateManager): Subject {
  return {
    name,
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
  readonly name = 'Map + undo log'
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

/** All builds that run here; native is left out, and said so, where it is absent. */
export async function findBuilds(): Promise<readonly Build[]> {
  const builds: Build[] = [{ name: 'forkstate, WebAssembly', ffi: await loadWasm() }]
  try {
    builds.push({ name: 'forkstate, native addon', ffi: await loadNative() })
  } catch (error) {
    console.log(`native addon left out: ${(error as Error).message.split('\n')[0]}`)
  }
  return builds
}

/** Makers of all subjects of the checkpoint benchmark. */
export function subjectsOf(builds: readonly Build[]): readonly (() => Subject)[] {
  const makers = builds.map(({ name, ffi }) => {
    return (): Subject => forkstate(name, new StateManager({ ffi }))
  })
  return [...makers, () => new MapWithUndoLog()]
}
