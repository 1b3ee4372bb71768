/** Tables for the terminal. */

import type { Group } from '../kit/group.ts'
import { verdictOf } from '../kit/targets.ts'
import { notesOf, pivotsOf } from './pivot.ts'
import type { GroupResults } from './results.ts'

export function printGroup({ title }: Group, { rows, leftOut }: GroupResults): void {
  console.log(`\n# ${title}`)
  for (const { title: workload, heads, lines } of pivotsOf(rows)) {
    console.log(`\n${workload}`)
    const table = [['', ...heads], ...lines.map(({ name, cells }) => [name, ...cells])]
    const widths = table[0]?.map((_, at) => Math.max(...table.map((line) => width(line[at]))))
    for (const line of table) {
      if (line.every((cell) => cell === '')) continue
      console.log(line.map((cell, at) => aligned(cell, at, widths?.[at] ?? 0)).join('  '))
    }
  }
  const notes = notesOf(rows)
  if (notes.length > 0) console.log(`\n${notes.join('\n')}`)
  for (const reason of leftOut) console.log(`left out: ${reason}`)
}

export function printVerdicts({ targets = [] }: Group, { rows }: GroupResults): void {
  for (const each of targets) {
    const { work, target } = each
    const verdict = verdictOf(each, rows)
    if (verdict === undefined) continue
    console.log(`target ${verdict.isMet ? 'met' : 'MISSED'}: ${work}: ${target}`)
    console.log(`  ${verdict.measured}`)
  }
}

/** Names to the left, figures to the right. */
function aligned(cell: string, column: number, columnWidth: number): string {
  return column === 0 ? cell.padEnd(columnWidth) : cell.padStart(columnWidth)
}

function width(cell: string | undefined): number {
  return cell?.length ?? 0
}
