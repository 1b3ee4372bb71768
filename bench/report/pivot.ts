/** Rows as tables: one a workload, a line a subject, a column a size. */

import type { ResultRow, Unit } from '../kit/group.ts'

export interface Pivot {
  readonly title: string
  /** Heads of the columns after the name. */
  readonly heads: readonly string[]
  readonly lines: readonly { readonly name: string; readonly cells: readonly string[] }[]
}

export function pivotsOf(rows: readonly ResultRow[]): readonly Pivot[] {
  return [...groupedBy(rows, titleOf)].map(([title, rowsOfTitle]) => {
    const sizes = [...groupedBy(rowsOfTitle, ({ size }) => size).keys()]
    sizes.sort((a, b) => (a ?? 0) - (b ?? 0))
    const lines = [...groupedBy(rowsOfTitle, subjectOf)].map(([name, own]) => {
      return { name, cells: sizes.map((size) => cellOf(own.find((row) => row.size === size))) }
    })
    return { title, heads: sizes.map((size) => (size === undefined ? '' : counted(size))), lines }
  })
}

/** Rows with equal keys; the keys in the order of their first rows. */
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

/** A subject and, where it is not Node, what ran it. */
function subjectOf({ subject, runtime }: ResultRow): string {
  return runtime === 'Node' ? subject : `${subject}, ${runtime}`
}

/** What a reader must know of the subjects, each once. */
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
  const at = Math.max(
    0,
    names.findLastIndex((_, power) => value >= factor ** power),
  )
  return [factor ** at, names[at] ?? '']
}

function digits(value: number): string {
  return counted(Number(value.toPrecision(3)))
}

export function counted(count: number): string {
  return count.toLocaleString('en', { maximumSignificantDigits: 15 })
}
