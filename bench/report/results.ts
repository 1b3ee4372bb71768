/** `results.json`: the last figures of every group. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { ResultRow } from '../kit/group.ts'
import type { Machine } from '../kit/machine.ts'

export interface GroupResults {
  /** Day of the run, ISO 8601. */
  readonly date: string
  readonly seconds: number
  readonly rows: readonly ResultRow[]
  readonly leftOut: readonly string[]
}

export interface Results {
  readonly machine?: Machine | undefined
  readonly groups: Readonly<Record<string, GroupResults>>
}

const file = new URL('../results.json', import.meta.url)

export function readResults(): Results {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { groups: {} }
}

/** Replaces the machine, and the results of the groups measured; others stay. */
export function updateResults({ machine, groups }: Results): void {
  const all = { machine, groups: { ...readResults().groups, ...groups } }
  writeFileSync(file, `${JSON.stringify(all, null, 1)}\n`)
}
