/** Rows as tables: one a workload, a line a subject, a column a size. */

import type { ResultRow, Unit } from '../kit/group.ts'

export interface Pivot {
  readonly title: string
  /** Heads of the columns after the name. */
  readonly heads: readonly string[]
  readonly lines: readonly { readonly name: string; readonly cells: readonly string[] }[]
  readonly notes: readonly string[]
}

export function pivotsOf(rows: readonly ResultRow[]): readonly Pivot[] {
  const titles = [...new Set(rows.map(titleOf))]
  return titles.map((title) =>
    pivot(
      title,
      rows.filter((row) => titleOf(row) === title),
    ),
  )
}

function titleOf({ workload, keys }: ResultRow): string {
  return keys === undefined ? workload : `${workload}, ${keys}`
}

function pivot(title: string, rows: readonly ResultRow[]): Pivot {
  const sizes = [...new Set(rows.map(({ size }) => size))].sort((a, b) => (a ?? 0) - (b ?? 0))
  const names = [...new Set(rows.map(subjectOf))]
  const lines = names.map((name) => {
    const own = rows.filter((row) => subjectOf(row) === name)
    return { name, cells: sizes.map((size) => cellOf(own.find((row) => row.size === size))) }
  })
  const notes = rows.flatMap((row) =>
    row.note === undefined ? [] : [`${subjectOf(row)}: ${row.note}`],
  )
  const heads = sizes.map((size) => (size === undefined ? '' : counted(size)))
  return { title, heads, lines, notes: [...new Set(notes)] }
}

/** A subject and, where it is not Node, what ran it. */
export function subjectOf({ subject, runtime }: ResultRow): string {
  return runtime === 'Node' ? subject : `${subject}, ${runtime}`
}

function cellOf(row: ResultRow | undefined): string {
  if (row === undefined) return ''
  const { unit, median, least, most } = row
  if (least === median && most === median) return shown(median, unit)
  return `${shown(median, unit)} (${shown(least, unit)}..${shown(most, unit)})`
}

/** A figure with a unit that fits its size, three digits. */
export function shown(value: number, unit: Unit): string {
  if (unit === 'count') return counted(Number(value.toPrecision(3)))
  const scales: readonly (readonly [number, string])[] =
    unit === 'ns'
      ? [
          [1e9, 's'],
          [1e6, 'ms'],
          [1e3, 'us'],
          [1, 'ns'],
        ]
      : [
          [2 ** 30, 'GiB'],
          [2 ** 20, 'MiB'],
          [2 ** 10, 'KiB'],
          [1, 'B'],
        ]
  const [scale, name] = scales.find(([least]) => value >= least) ?? [1, unit]
  return `${Number((value / scale).toPrecision(3))} ${name}`
}

export function counted(count: number): string {
  return count.toLocaleString('en')
}
