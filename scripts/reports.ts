/**
 * Counts of test and check results, as files in the folder that FORKSTATE_REPORTS names. Every
 * runner adds one file; `scripts/summarize.ts` adds up the counts. Without the variable nothing is
 * written.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

const suffix = '.counts.json'

function reportFolder(): string | undefined {
  return process.env['FORKSTATE_REPORTS'] || undefined
}

/** Adds one result to the folder. Several results may have the same name. */
export function writeCounts(name: string, counts: Counts): void {
  const folder = reportFolder()
  if (folder === undefined) return
  mkdirSync(folder, { recursive: true })
  const file = path.join(folder, `${name}-${process.pid}${suffix}`)
  writeFileSync(file, JSON.stringify(counts))
}

/** All results in the folder. */
export function readCounts(folder: string): readonly Counts[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => name.endsWith(suffix))
    .map((name) => JSON.parse(readFileSync(path.join(folder, name), 'utf8')))
}
