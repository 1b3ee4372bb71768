/** Tables for the terminal. */

import type { Group } from '../kit/group.ts'
import { pivotsOf } from './pivot.ts'
import type { GroupResults } from './results.ts'

export function printGroup({ title }: Group, { rows, leftOut }: GroupResults): void {
  console.log(`\n# ${title}`)
  for (const { title: workload, heads, lines, notes } of pivotsOf(rows)) {
    console.log(`\n${workload}`)
    const table = [['', ...heads], ...lines.map(({ name, cells }) => [name, ...cells])]
    const widths = table[0]?.map((_, at) => Math.max(...table.map((line) => width(line[at]))))
    for (const line of table) {
      if (line.every((cell) => cell === '')) continue
      console.log(line.map((cell, at) => cell.padStart(widths?.[at] ?? 0)).join('  '))
    }
    for (const note of notes) console.log(`(${note})`)
  }
  for (const reason of leftOut) console.log(`left out: ${reason}`)
}

export function printVerdicts({ targets = [] }: Group, { rows }: GroupResults): void {
  for (const { work, target, judge } of targets) {
    const verdict = judge(rows)
    if (verdict === undefined) continue
    console.log(`target ${verdict.isMet ? 'met' : 'MISSED'}: ${work}: ${target}`)
    console.log(`  ${verdict.measured}`)
  }
}

function width(cell: string | undefined): number {
  return cell?.length ?? 0
}
