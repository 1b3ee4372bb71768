/** Tables for the terminal. */

import type { Group } from '../kit/group.ts'
import { verdictOf } from '../kit/targets.ts'
import { notesOf, pivotsOf } from './pivot.ts'
import type { GroupResults } from './results.ts'

export function printGroup({ title, targets = [] }: Group, { rows, leftOut }: GroupResults): void {
  console.log(`\n# ${title}`)
  for (const { title: workload, heads, lines } of pivotsOf(rows)) {
    console.log(`\n${workload}`)
    const table = [['', ...heads], ...lines.map(({ name, cells }) => [name, ...cells])]
    const widths = heads.map((_, at) => Math.max(...table.map((line) => line[at + 1]?.length ?? 0)))
    const nameWidth = Math.max(...lines.map(({ name }) => name.length))
    for (const [name = '', ...cells] of table) {
      if (name === '' && cells.every((cell) => cell === '')) continue
      const figures = cells.map((cell, at) => cell.padStart(widths[at] ?? 0))
      console.log([name.padEnd(nameWidth), ...figures].join('  '))
    }
  }
  const notes = notesOf(rows)
  if (notes.length > 0) console.log(`\n${notes.join('\n')}`)
  for (const reason of leftOut) console.log(`left out: ${reason}`)
  for (const each of targets) {
    const verdict = verdictOf(each, rows)
    if (verdict === undefined) continue
    console.log(`target ${verdict.isMet ? 'met' : 'MISSED'}: ${each.work}: ${each.target}`)
    console.log(`  ${verdict.measured}`)
  }
}
