/**
 * What a state manager must do, in the simplest way: with full copies of the state.
 *
 * A checkpoint, a snapshot and a branch each keep a copy of everything; reverting restores a copy.
 * There is no cache and nothing is unknown: the model starts with the whole remote state.
 */

import type { Hex } from 'viem'

export interface ModelAccount {
  readonly balance: bigint
  readonly nonce: bigint
  readonly code: Hex
  /** Slots that are not zero. */
  readonly storage: ReadonlyMap<Hex, bigint>
}

/** All accounts that exist, by address. */
export type World = ReadonlyMap<Hex, ModelAccount>

/** Thrown where the state manager throws; `code` is that of its error. */
export class Refusal extends Error {
  readonly code: 'NO_CHECKPOINT' | 'INVALID_SNAPSHOT'

  constructor(code: Refusal['code']) {
    super(code)
    this.code = code
  }
}

interface Checkpoint {
  /** When it was opened. */
  readonly time: number
  readonly world: World
}

interface Snapshot {
  readonly id: bigint
  readonly time: number
  readonly world: World
  readonly checkpoints: readonly Checkpoint[]
}

const NEW_ACCOUNT: ModelAccount = { balance: 0n, nonce: 0n, code: '0x', storage: new Map() }

/** A copy that shares no mutable part with the original. */
export function copyWorld(world: World): Map<Hex, ModelAccount> {
  const copy = new Map<Hex, ModelAccount>()
  for (const [address, account] of world) {
    copy.set(address, { ...account, storage: new Map(account.storage) })
  }
  return copy
}

export class Model {
  readonly #remote: World
  #world: Map<Hex, ModelAccount>
  #checkpoints: Checkpoint[] = []
  #snapshots: Snapshot[] = []
  #time = 0

  constructor(remote: World, world: World = remote) {
    this.#remote = remote
    this.#world = copyWorld(world)
  }

  get depth(): number {
    return this.#checkpoints.length
  }

  get snapshots(): number {
    return this.#snapshots.length
  }

  /** The account, or undefined if it is absent. */
  account(address: Hex): ModelAccount | undefined {
    return this.#world.get(address)
  }

  storage(address: Hex, slot: Hex): bigint {
    return this.#world.get(address)?.storage.get(slot) ?? 0n
  }

  /** The slots of an account that are not zero. */
  storageOf(address: Hex): ReadonlyMap<Hex, bigint> {
    return this.#world.get(address)?.storage ?? new Map()
  }

  setBalance(address: Hex, balance: bigint): void {
    this.#set(address, { balance })
  }

  setNonce(address: Hex, nonce: bigint): void {
    this.#set(address, { nonce })
  }

  setCode(address: Hex, code: Hex): void {
    this.#set(address, { code })
  }

  setStorage(address: Hex, slot: Hex, value: bigint): void {
    const storage = new Map(this.#world.get(address)?.storage)
    if (value === 0n) storage.delete(slot)
    else storage.set(slot, value)
    this.#set(address, { storage })
  }

  deleteAccount(address: Hex): void {
    this.#world.delete(address)
  }

  clearStorage(address: Hex): void {
    if (this.#world.has(address)) this.#set(address, { storage: new Map() })
  }

  checkpoint(): void {
    this.#checkpoints.push({ time: this.#tick(), world: copyWorld(this.#world) })
  }

  commit(): void {
    if (this.#checkpoints.pop() === undefined) throw new Refusal('NO_CHECKPOINT')
  }

  /** Snapshots taken since the checkpoint end with it. */
  revert(): void {
    const checkpoint = this.#checkpoints.pop()
    if (checkpoint === undefined) throw new Refusal('NO_CHECKPOINT')
    this.#world = copyWorld(checkpoint.world)
    this.#snapshots = this.#snapshots.filter(({ time }) => time < checkpoint.time)
  }

  /** Takes a snapshot under the id that the state manager chose. */
  snapshot(id: bigint): void {
    this.#snapshots.push({
      id,
      time: this.#tick(),
      world: copyWorld(this.#world),
      checkpoints: [...this.#checkpoints],
    })
  }

  /** Reverts to a snapshot, which ends it and all later ones. */
  revertToSnapshot(id: bigint): void {
    const index = this.#snapshots.findIndex((candidate) => candidate.id === id)
    const snapshot = this.#snapshots[index]
    if (snapshot === undefined) throw new Refusal('INVALID_SNAPSHOT')
    this.#world = copyWorld(snapshot.world)
    this.#checkpoints = [...snapshot.checkpoints]
    this.#snapshots = this.#snapshots.slice(0, index)
  }

  /** Does nothing, as there is no cache of remote facts here. */
  clearForkCache(): void {}

  /** Returns to the remote state; nothing else is left. */
  clearCaches(): void {
    this.#world = copyWorld(this.#remote)
    this.#checkpoints = []
    this.#snapshots = []
  }

  branch(): Model {
    return new Model(this.#remote, this.#world)
  }

  /** Writes fields; creates the account if it is absent. */
  #set(address: Hex, fields: Partial<ModelAccount>): void {
    this.#world.set(address, { ...(this.#world.get(address) ?? NEW_ACCOUNT), ...fields })
  }

  #tick(): number {
    this.#time += 1
    return this.#time
  }
}
