/** Rows as tables: one a workload, a line a subject, a column a size. */

import type { ResultRow, Unit } from '../kit/group.ts'

export function pivotsOf(rows: readonly ResultRow[]) {
  return [...groupedBy(rows, titleOf)].map(([title, rowsOfTitle]) => {
    const sizes = [...groupedBy(rowsOfTitle, ({ size }) => size).keys()]
    sizes.sort((a, b) => (a ?? 0) - (b ?? 0))
    const lines = [...groupedBy(rowsOfTitle, subjectOf)].map(([name, own]) => {
      return { name, cells: sizes.map((size) => cellOf(own.find((row) => row.size === size))) }
    })
    return { title, heads: sizes.map((size) => (size === undefined ? '' : counted(size))), lines }
  })
}

export function groupedBy<Key>(
  rows: readonly ResultRow[],
  keyOf: (row: ResultRow) => Key,
): ReadonlyMap<Key, readonly ResultRow[]> {
  const grouped = new Map<Key, ResultRow[]>()
  for (const row of rows) {
    const key = keyOf(row)
    grouped.set(key, [...(grouped.get(key) ?? []), row])
  }
  return grouped
}

function titleOf({ workload, keys }: ResultRow): string {
  return keys === undefined ? workload : `${workload}, ${keys}`
}

function subjectOf({ subject, runtime }: ResultRow): string {
  return runtime === 'Node' ? subject : `${subject}, ${runtime}`
}

export function notesOf(rows: readonly ResultRow[]): readonly string[] {
  const notes = rows.filter(({ note }) => note !== undefined)
  return [...new Set(notes.map(({ subject, note }) => `${subject}: ${note}`))]
}

/** The median, and between brackets the least and the most in the same unit. */
function cellOf(row: ResultRow | undefined): string {
  if (row === undefined) return ''
  const { unit, median, least, most } = row
  if (least === median && most === median) return shown(median, unit)
  const [scale] = scaleOf(median, unit)
  return `${shown(median, unit)} (${digits(least / scale)}..${digits(most / scale)})`
}

/** A figure with a unit that fits its size, three digits. */
export function shown(value: number, unit: Unit): string {
  const [scale, name] = scaleOf(value, unit)
  return `${digits(value / scale)}${name}`
}

/** The factor between units and their names after a figure, the smallest first. */
const SCALES: Readonly<Record<Unit, readonly [factor: number, ...names: string[]]>> = {
  ns: [1_000, ' ns', ' us', ' ms', ' s'],
  B: [1_024, ' B', ' KiB', ' MiB', ' GiB'],
  count: [1, ''],
}

function scaleOf(value: number, unit: Unit): readonly [scale: number, name: string] {
  const [factor, ...names] = SCALES[unit]
  const largest = names.findLastIndex((_, power) => value >= factor ** power)
  const at = Math.max(0, largest)
  return [factor ** at, names[at] ?? '']
}

function digits(value: number): string {
  return counted(Number(value.toPrecision(3)))
}

export function counted(count: number): string {
  return count.toLocaleString('en', { maximumSignificantDigits: 15 })
}
