/**
 * Claims of processes on one machine, in an LMDB file of their own beside the records.
 *
 * The file is never flushed to disk, because claims are worthless after a restart and a read that
 * misses must not wait for the disk. A machine crash may leave such a file damaged, so on systems
 * that identify each boot the file is named after the boot, and on others it is flushed after all.
 */

import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { concatBytes, equalBytes } from '../bytes.ts'
import { requireClaimOptions, requireKeys } from '../key-check.ts'
import type { ClaimOptions, ClaimOutcome, RecordKey, StoreClaims } from '../store.ts'
import { HOLDER_BYTES } from '../store.ts'
import { LmdbEnvironment, type LmdbWriter } from './lmdb-environment.ts'

/** Linux: changes at each boot, and is the same for all containers of the machine. */
const BOOT_ID_FILE = '/proc/sys/kernel/random/boot_id'
/** Most expired claims that are removed at the first claim. */
const MAX_SWEPT = 512

/** Whether each record is stored, by the newest commit. */
export type StoredCheck = (keys: readonly RecordKey[]) => readonly boolean[]

/** The claims of one folder. */
export class LmdbClaims implements StoreClaims {
  readonly #environment: LmdbEnvironment
  readonly #isStored: StoredCheck
  #isSwept = false

  constructor(folder: string, isStored: StoredCheck) {
    const bootId = readBootId()
    const name = `claims-${bootId ?? 'any'}.mdb`
    if (bootId !== undefined) removeOldFiles(folder, name)
    this.#environment = new LmdbEnvironment({
      path: path.join(folder, name),
      kind: 'file',
      isVolatile: bootId !== undefined,
    })
    this.#isStored = isStored
  }

  async claim(keys: readonly RecordKey[], terms: ClaimOptions): Promise<readonly ClaimOutcome[]> {
    requireKeys(keys)
    requireClaimOptions(terms)
    // Opens the file of records before the lock is held.
    this.#isStored([])
    return await this.#environment.write((tree) => {
      const now = Date.now()
      if (!this.#isSwept) sweep(tree, now)
      this.#isSwept = true
      // A writer ends its claim after it has stored the record. So, under this lock, a record that
      // is not stored yet still has its writer's claim.
      const stored = this.#isStored(keys)
      const value = encodeClaim(terms.holder, now + terms.ttlMs)
      return keys.map((key, at) => {
        if (stored[at] === true) return 'stored'
        const name = claimKey(key)
        const claim = tree.get(name)
        if (claim !== undefined && endOf(claim) > now && !isOf(claim, terms.holder)) return 'held'
        tree.put(name, value)
        return 'granted'
      })
    })
  }

  async release(keys: readonly RecordKey[], holder: Uint8Array): Promise<void> {
    await this.#environment.write((tree) => {
      for (const name of keys.map(claimKey)) {
        const claim = tree.get(name)
        if (claim !== undefined && isOf(claim, holder)) tree.remove(name)
      }
    })
  }

  /** Ends claims of any holder. */
  async end(keys: readonly RecordKey[]): Promise<void> {
    const names = keys.map(claimKey)
    const held = this.#environment.read((tree) => names.filter((name) => tree.has(name)))
    if (held.length === 0) return
    await this.#environment.write((tree) => {
      for (const name of held) tree.remove(name)
    })
  }

  async close(): Promise<void> {
    await this.#environment.close()
  }
}

function sweep(tree: LmdbWriter, now: number): void {
  const entries = tree.range(Uint8Array.of(0), undefined).slice(0, MAX_SWEPT)
  for (const { key, value } of entries) if (endOf(value) <= now) tree.remove(key)
}

function claimKey({ group, item }: RecordKey): Uint8Array {
  return concatBytes(Uint8Array.of(group.length), group, item)
}

function encodeClaim(holder: Uint8Array, endsAtMs: number): Uint8Array {
  const end = new Uint8Array(8)
  new DataView(end.buffer).setFloat64(0, endsAtMs)
  return concatBytes(holder, end)
}

function endOf(claim: Uint8Array): number {
  return new DataView(claim.buffer, claim.byteOffset).getFloat64(HOLDER_BYTES)
}

function isOf(claim: Uint8Array, holder: Uint8Array): boolean {
  return equalBytes(claim.subarray(0, HOLDER_BYTES), holder)
}

function readBootId(): string | undefined {
  try {
    const id = readFileSync(BOOT_ID_FILE, 'utf8').trim()
    return createHash('sha256').update(id).digest('hex').slice(0, 16)
  } catch {
    return undefined
  }
}

/** Removes the files of earlier boots, which no process has open. */
function removeOldFiles(folder: string, name: string): void {
  try {
    const old = readdirSync(folder).filter((file) => /^claims-.*\.mdb(-lock)?$/.test(file))
    for (const file of old) if (!file.startsWith(name)) rmSync(path.join(folder, file))
  } catch {
    // The folder does not exist yet, or the files belong to another user; either is harmless.
  }
}
