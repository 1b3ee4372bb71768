/**
 * Compares the costs of operations with those of the baseline, and formats the result as a table.
 * Reads no files and runs no programs.
 */

import type { Cost, Costs } from './callgrind.ts'

/** How many more instructions than in the baseline an operation may take: 5 %. */
const tolerance = 0.05

export type Verdict =
  | 'as before'
  /** So much cheaper that the baseline no longer guards it. */
  | 'better'
  | 'worse'
  /** Not in the baseline, or repeated another number of times there. */
  | 'unknown'
  /** In the baseline only. */
  | 'gone'

export interface Comparison {
  readonly name: string
  readonly before: Cost | undefined
  readonly now: Cost | undefined
  readonly verdict: Verdict
}

/** Compares all operations of both sides; those that are only in the baseline come last. */
export function compareCosts(baseline: Costs, measured: Costs): readonly Comparison[] {
  const names = new Set([...Object.keys(measured), ...Object.keys(baseline)])
  return [...names].map((name) => {
    const before = baseline[name]
    const now = measured[name]
    return { name, before, now, verdict: verdictOf(before, now) }
  })
}

function verdictOf(before: Cost | undefined, now: Cost | undefined): Verdict {
  if (now === undefined) return 'gone'
  if (before === undefined || before.times !== now.times) return 'unknown'
  if (now.allocations > before.allocations) return 'worse'
  if (now.instructions > before.instructions * (1 + tolerance)) return 'worse'
  if (now.allocations < before.allocations) return 'better'
  return now.instructions < before.instructions * (1 - tolerance) ? 'better' : 'as before'
}

/** Whether the check fails because of it. */
export function isFailure({ verdict }: Comparison): boolean {
  return verdict === 'worse' || verdict === 'unknown' || verdict === 'gone'
}

/** A table of the counts per operation: now, in the baseline, and the change. */
export function costTable(comparisons: readonly Comparison[]): string {
  const head = ['operation', 'instructions', 'baseline', 'change', 'allocations', 'baseline', '']
  const rows = comparisons.map(({ name, before, now, verdict }) => [
    name,
    perOperation(now, 'instructions'),
    perOperation(before, 'instructions'),
    changeOf(before, now),
    perOperation(now, 'allocations'),
    perOperation(before, 'allocations'),
    verdict === 'as before' ? '' : verdict,
  ])
  const table = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)))
  const lines = table.map((row) =>
    row.map((cell, column) => align(cell, widths[column] ?? 0, column)).join('  '),
  )
  return lines.map((line) => line.trimEnd()).join('\n')
}

/** Aligns numbers to the right, and the name and the verdict to the left. */
function align(cell: string, width: number, column: number): string {
  return column === 0 || column === 6 ? cell.padEnd(width) : cell.padStart(width)
}

function perOperation(cost: Cost | undefined, count: 'instructions' | 'allocations'): string {
  if (cost === undefined) return '-'
  // One allocation in a thousand operations must be visible.
  const maximumFractionDigits = count === 'allocations' ? 3 : 1
  return (cost[count] / cost.times).toLocaleString('en-US', { maximumFractionDigits })
}

function changeOf(before: Cost | undefined, now: Cost | undefined): string {
  if (before === undefined || now === undefined) return '-'
  const ratio = now.instructions / now.times / (before.instructions / before.times)
  const percent = (ratio - 1) * 100
  return `${percent < 0 ? '' : '+'}${percent.toFixed(1)} %`
}
