/** `RESULTS.md` and its charts, from results. */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { loadGroups, type NamedGroup } from '../groups/groups.ts'
import type { Chart } from '../kit/group.ts'
import { verdictOf } from '../kit/targets.ts'
import { drawChart } from './chart.ts'
import { notesOf, pivotsOf } from './pivot.ts'
import { proseOf } from './prose.ts'
import type { GroupResults, Results } from './results.ts'

const at = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url))

export async function writeReport({ machine, groups: results }: Results): Promise<void> {
  rmSync(at('charts'), { recursive: true, force: true })
  mkdirSync(at('charts'))
  const groups = await loadGroups()
  const parts = groups.flatMap((group) => {
    const found = results[group.name]
    return found === undefined ? [] : [groupPart(group, found)]
  })
  const versions = machine?.versions.map((version) => `- ${version}`).join('\n') ?? ''
  const text = [
    '# Results',
    'Written by `npm run bench`; figures are medians, with the fastest and slowest round behind ' +
      'them. Times are processor time unless said. The machine is shared: compare ratios within a ' +
      'table, not times between runs.',
    `${machine?.processor}; ${machine?.system}`,
    versions,
    '## Targets',
    targetsPart(groups, results),
    ...parts,
  ]
  writeFileSync(at('RESULTS.md'), `${text.join('\n\n')}\n`)
}

function targetsPart(groups: readonly NamedGroup[], results: Results['groups']): string {
  const lines = ['| work | target | measured | |', '| --- | --- | --- | --- |']
  /** Works that are missed, by the reason. */
  const missed = new Map<string, string[]>()
  for (const { name, targets = [] } of groups) {
    for (const each of targets) {
      const { work, target, hasFloor } = each
      const verdict = verdictOf(each, results[name]?.rows ?? [])
      const [measured, outcome] =
        verdict === undefined
          ? ['not measured', '']
          : [verdict.measured, verdict.isMet ? 'met' : '**missed**']
      lines.push(`| ${work} | ${target} | ${measured} | ${outcome} |`)
      if (verdict?.isMet === false && hasFloor) {
        const { floor = '' } = proseOf(name)
        missed.set(floor, [...(missed.get(floor) ?? []), work])
      }
    }
  }
  if (missed.size === 0) return lines.join('\n')
  const reasons = [...missed].map(([floor, works]) => `### ${works.join('; ')}\n\n${floor}`)
  return [lines.join('\n'), '## What is missed, and why', ...reasons].join('\n\n')
}

function groupPart(group: NamedGroup, results: GroupResults): string {
  const { rows, leftOut, date, seconds } = results
  const tables = pivotsOf(rows).map(({ title, heads, lines }) =>
    [
      `### ${title}`,
      [
        `| | ${heads.join(' | ')} |`,
        `| --- |${heads.map(() => ' ---: |').join('')}`,
        ...lines.map(({ name, cells }) => `| ${name} | ${cells.join(' | ')} |`),
      ].join('\n'),
    ].join('\n\n'),
  )
  const remarks = [...notesOf(rows), ...leftOut.map((reason) => `Left out: ${reason}`)]
  return [
    `## ${group.title}`,
    proseOf(group.name).about,
    `Measured on ${date}, in ${seconds} s.`,
    ...(group.charts ?? []).flatMap((chart) => chartPart(chart, results)),
    ...tables,
    ...(remarks.length === 0 ? [] : [remarks.map((remark) => `- ${remark}`).join('\n')]),
  ].join('\n\n')
}

function chartPart(chart: Chart, { rows }: GroupResults): readonly string[] {
  const points = rows.filter((row) => row.size !== undefined && chart.shows(row))
  if (points.length === 0) return []
  writeFileSync(at(`charts/${chart.name}.svg`), drawChart(chart, points))
  return [`![${chart.title}](charts/${chart.name}.svg)`]
}
