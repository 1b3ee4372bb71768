/** Reading contracts through a fork, whoever makes the fork; also in a browser. */

import { bytesToBigInt, bytesToHex, hexToBytes } from '@ethereumjs/util'
import { StateManager, type StateManagerOptions } from '../../src/index.ts'
import type { SampleContract } from '../../test/integration/many-contracts.ts'

export interface ReadTarget {
  readonly address: Uint8Array
  readonly slots: readonly Uint8Array[]
}

/** A fork without anything read yet. Addresses are 20 bytes, slots 32. */
export interface ForkReader {
  getBalance(address: Uint8Array): Promise<bigint>
  getCode(address: Uint8Array): Promise<Uint8Array>
  /** Big-endian; leading zeros may be left out. */
  getStorage(address: Uint8Array, slot: Uint8Array): Promise<Uint8Array>
  prefetch?(targets: readonly ReadTarget[]): Promise<void>
  close(): void
}

export function openForkstate(url: string, settings: StateManagerOptions): ForkReader {
  const fork = new StateManager({ rpcClient: url, ...settings })
  return {
    getBalance: (address) => fork.getBalance(address),
    getCode: (address) => fork.getCodeBytes(address),
    getStorage: (address, slot) => fork.getStorageBytes(address, slot),
    prefetch: (targets) => fork.prefetch(targets),
    close: () => fork.destroy(),
  }
}

export function targetsOf(contracts: readonly SampleContract[]): readonly ReadTarget[] {
  return contracts.map(({ address, slots }) => ({
    address: hexToBytes(address),
    slots: [...slots.keys()].map((slot) => hexToBytes(slot)),
  }))
}

export interface ReadContract {
  readonly balance: bigint
  readonly code: Uint8Array
  readonly values: readonly Uint8Array[]
}

export type ReadAll = (fork: ForkReader, targets: readonly ReadTarget[]) => Promise<ReadContract[]>

export const readAtOnce: ReadAll = (fork, targets) =>
  Promise.all(
    targets.map(async ({ address, slots }) => {
      const [balance, code, values] = await Promise.all([
        fork.getBalance(address),
        fork.getCode(address),
        Promise.all(slots.map((slot) => fork.getStorage(address, slot))),
      ])
      return { balance, code, values }
    }),
  )

export const readInTurn: ReadAll = async (fork, targets) => {
  const read: ReadContract[] = []
  for (const { address, slots } of targets) {
    const balance = await fork.getBalance(address)
    const code = await fork.getCode(address)
    const values: Uint8Array[] = []
    for (const slot of slots) values.push(await fork.getStorage(address, slot))
    read.push({ balance, code, values })
  }
  return read
}

export function requireAsMade(
  read: readonly ReadContract[],
  contracts: readonly SampleContract[],
): void {
  for (const [at, { address, balance, code, slots }] of contracts.entries()) {
    const seen = read[at]
    const values = seen?.values.map((value) => bytesToBigInt(value)).join()
    const isRight =
      seen?.balance === balance &&
      bytesToHex(seen.code) === code &&
      values === [...slots.values()].map(BigInt).join()
    if (!isRight) throw new Error(`${address} was not read as it was made`)
  }
}
