/** `results.json`: the last figures of every group. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import type { ResultRow } from '../kit/group.ts'
import type { Machine } from '../kit/machine.ts'

export interface GroupResults {
  /** Day of the run, ISO 8601. */
  readonly date: string
  readonly seconds: number
  readonly rows: readonly ResultRow[]
  /** Jobs that could not run, and why. */
  readonly leftOut: readonly string[]
}

export interface Results {
  readonly machine?: Machine
  readonly groups: Readonly<Record<string, GroupResults>>
}

const file = fileURLToPath(new URL('../results.json', import.meta.url))

export function readResults(): Results {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { groups: {} }
}

/** Replaces the results of the groups measured; others stay. */
export function writeResults(
  { machine, groups }: Results,
  measured: Readonly<Record<string, GroupResults>>,
): void {
  const all: Results = { ...(machine && { machine }), groups: { ...groups, ...measured } }
  writeFileSync(file, `${JSON.stringify(all, null, 1)}\n`)
}
