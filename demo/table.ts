/** Aligned text tables. Widths count characters, not bytes; colours are added after alignment. */

/** Format of one column. */
export interface Column {
  readonly title: string
  readonly align?: 'left' | 'right'
}

/** Cells, where missing ones are empty; or a text across all columns. */
export type Row = readonly string[] | string

/** Formats a table as lines: the titles, a rule, and the rows. */
export function formatTable(columns: readonly Column[], rows: readonly Row[]): string[] {
  const titles = columns.map(({ title }) => title)
  const cells = [titles, ...rows.filter((row) => typeof row !== 'string')]
  const widths = columns.map((_, column) =>
    Math.max(...cells.map((row) => [...(row[column] ?? '')].length)),
  )
  const line = (row: Row): string => {
    if (typeof row === 'string') return row
    const filled = columns.map(({ align }, column) => {
      return fill(row[column] ?? '', widths[column] ?? 0, align)
    })
    return filled.join('  ').trimEnd()
  }
  return [line(titles), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)]
}

function fill(text: string, width: number, align: Column['align']): string {
  const space = ' '.repeat(Math.max(0, width - [...text].length))
  return align === 'right' ? space + text : text + space
}
