/** `RESULTS.md` and its charts, from results. */

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { loadGroups, type NamedGroup } from '../groups/groups.ts'
import type { Chart } from '../kit/group.ts'
import { verdictOf } from '../kit/targets.ts'
import { drawChart } from './chart.ts'
import { notesOf, pivotsOf } from './pivot.ts'
import type { GroupResults, Results } from './results.ts'

const at = (name: string): URL => new URL(`../${name}`, import.meta.url)

export async function writeReport({ machine, groups: results }: Results): Promise<void> {
  rmSync(at('charts'), { recursive: true, force: true })
  mkdirSync(at('charts'))
  const groups = await loadGroups()
  const parts = [
    '# Results',
    'Written by `npm run bench`; figures are medians, with the fastest and slowest round behind ' +
      'them. Times are processor time unless said. The machine is shared: compare ratios within a ' +
      'table, not times between runs.',
    `${machine?.processor}; ${machine?.system}`,
    listOf(machine?.versions ?? []),
    '## Targets',
    ...targetsParts(groups, results),
    ...groups.flatMap((group) => groupParts(group, results[group.name])),
  ]
  writeFileSync(at('RESULTS.md'), `${parts.join('\n\n')}\n`)
}

function targetsParts(groups: readonly NamedGroup[], results: Results['groups']): string[] {
  const lines: string[][] = []
  /** Works that are missed, by the reason. */
  const missed = new Map<string, string[]>()
  for (const { name, targets = [] } of groups) {
    for (const each of targets) {
      const { work, target, hasFloor } = each
      const verdict = verdictOf(each, results[name]?.rows ?? [])
      const outcome = verdict && (verdict.isMet ? 'met' : '**missed**')
      lines.push([work, target, verdict?.measured ?? 'not measured', outcome ?? ''])
      if (verdict?.isMet === false && hasFloor) {
        const { floor } = proseOf(name)
        missed.set(floor, [...(missed.get(floor) ?? []), work])
      }
    }
  }
  const table = tableOf('| work | target | measured | |', '| --- | --- | --- | --- |', lines)
  if (missed.size === 0) return [table]
  const reasons = [...missed].map(([floor, works]) => `### ${works.join('; ')}\n\n${floor}`)
  return [table, '## What is missed, and why', ...reasons]
}

function groupParts(group: NamedGroup, results: GroupResults | undefined): string[] {
  if (results === undefined) return []
  const { rows, leftOut, date, seconds } = results
  const tables = pivotsOf(rows).flatMap(({ title, heads, lines }) => {
    const rules = `| --- |${heads.map(() => ' ---: |').join('')}`
    const cells = lines.map((line) => [line.name, ...line.cells])
    return [`### ${title}`, tableOf(`| | ${heads.join(' | ')} |`, rules, cells)]
  })
  const remarks = [...notesOf(rows), ...leftOut.map((reason) => `Left out: ${reason}`)]
  return [
    `## ${group.title}`,
    proseOf(group.name).about,
    `Measured on ${date}, in ${seconds} s.`,
    ...(group.charts ?? []).flatMap((chart) => chartPart(chart, results)),
    ...tables,
    ...(remarks.length === 0 ? [] : [listOf(remarks)]),
  ]
}

/**
 * Markdown beside the code of a group: how it is measured and what to know; then, after a line, its
 * floor: what the parts take and what was tried. Figures are of one run on the machine above.
 */
function proseOf(group: string): { readonly about: string; readonly floor: string } {
  const places = [`${group}.md`, `${group}/${group}.md`]
  const files = places.map((place) => at(`groups/${place}`))
  const file = files.find((each) => existsSync(each))
  if (file === undefined) throw new Error(`nothing is told of ${group}`)
  // Paragraphs are lines in the report.
  const text = readFileSync(file, 'utf8')
    .trim()
    .replaceAll(/(?<!\n)\n(?!\n)/g, ' ')
  const [about = '', floor = ''] = text.split('\n\n---\n\n')
  return { about, floor }
}

function tableOf(head: string, rules: string, lines: readonly string[][]): string {
  return [head, rules, ...lines.map((cells) => `| ${cells.join(' | ')} |`)].join('\n')
}

function listOf(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n')
}

function chartPart(chart: Chart, { rows }: GroupResults): string[] {
  const points = rows.filter((row) => row.size !== undefined && chart.shows(row))
  if (points.length === 0) return []
  writeFileSync(at(`charts/${chart.name}.svg`), drawChart(chart, points))
  return [`![${chart.title}](charts/${chart.name}.svg)`]
}
