/** Formats the report of the main job as text. */

import type { MainJobReport } from './main-job.ts'
import type { Comparison } from './reads.ts'
import type { SwapReport } from './swap.ts'
import { formatTable, type Row } from './table.ts'

const MAX_VALUE_CHARS = 46

export interface PrintOptions {
  /** Whether marks are green and red, for a terminal. */
  readonly colour?: boolean
}

/** The whole report. */
export function printReport(report: MainJobReport, { colour = false }: PrintOptions = {}): string {
  const { pinned, head, comparisons, steps } = report
  const lines = [
    `Forked chain ${pinned.chainId} (${report.client}) at block ${pinned.number}`,
    `  hash        ${pinned.hash}`,
    `  state root  ${pinned.stateRoot}`,
    `  pinned by   ${pinned.mode}`,
    `  head        ${head.before} when the fork was made, ${head.after} at the end`,
    '',
    ...comparisonLines(comparisons, pinned.number),
    '',
    ...formatTable(
      [{ title: 'Local writes' }, { title: 'expected' }, { title: 'read' }, { title: '' }],
      steps.map((step) => [
        step.what,
        shorten(step.expected),
        shorten(step.actual),
        mark(step.matches),
      ]),
    ),
    '',
    ...swapLines(report.swap),
    '',
    ...costLines(report),
    '',
    ...verdict(report),
  ]
  return lines.map((line) => (colour ? paint(line) : line)).join('\n')
}

function comparisonLines(comparisons: readonly Comparison[], block: bigint): string[] {
  const rows: Row[] = []
  let group: string | undefined
  for (const { read, forkstate, node, matches } of comparisons) {
    if (read.group !== group) rows.push(read.group)
    group = read.group
    const show = (value: string): string => shorten(read.show?.(value) ?? value)
    rows.push([`  ${read.label}`, show(forkstate), show(node), mark(matches)])
    if (!matches) rows.push(`    forkstate read ${forkstate}`, `    the node returned ${node}`)
  }
  const titles = ['Value', 'forkstate', `node at block ${block}`, '']
  return formatTable(
    titles.map((title) => ({ title })),
    rows,
  )
}

function swapLines(swap: SwapReport): string[] {
  if ('skipped' in swap) return [`A swap, executed locally: skipped because ${swap.skipped}`]
  const { transaction, block, header, changes, elapsedMs } = swap
  const changed = changes.map(({ what, before = '', forkstate, node, matches }): Row => {
    return [`  ${what}`, shorten(before), shorten(forkstate), shorten(node), mark(matches)]
  })
  const fields = header.map(({ what, forkstate, node, matches }): Row => {
    return [`  ${what}`, '', shorten(forkstate), shorten(node), mark(matches)]
  })
  const titles = ['A swap, executed locally', 'before', 'forkstate', 'the node afterwards', '']
  return [
    ...formatTable(
      titles.map((title) => ({ title })),
      ['State diff', ...changed, `Header of block ${block}`, ...fields],
    ),
    `Transaction ${transaction}; ${elapsedMs.toFixed(0)} ms on the fork`,
  ]
}

function costLines({ phases, metrics, memory }: MainJobReport): string[] {
  const right = (title: string) => ({ title, align: 'right' }) as const
  return [
    ...formatTable(
      [
        { title: 'Cost' },
        right('reads'),
        right('HTTP requests'),
        right('RPC calls'),
        right('cache hits'),
        right('ms'),
      ],
      phases.map(({ name, reads, httpRequests, rpcCalls, cacheHits, elapsedMs }) => [
        name,
        ...[reads, httpRequests, rpcCalls, cacheHits].map(String),
        elapsedMs.toFixed(1),
      ]),
    ),
    '',
    ...formatTable(
      [{ title: 'Metrics' }, right('')],
      Object.entries(metrics).flatMap(([name, value]) =>
        typeof value === 'object' ? [] : [[name, String(value)]],
      ),
    ),
    '',
    `Memory of the process: ${mebibytes(memory.before)} before, ${mebibytes(memory.after)} after`,
  ]
}

function verdict({ comparisons, steps, swap, ok }: MainJobReport): string[] {
  const count = (items: readonly { matches: boolean }[]): string => {
    return `${items.filter(({ matches }) => matches).length} of ${items.length}`
  }
  const counted = [
    `${count(comparisons)} values match those of the node`,
    `${count(steps)} local steps gave the expected value`,
    'skipped' in swap
      ? 'no swap was executed'
      : `${count(swap.changes)} changes and ${count(swap.header)} header fields of a swap are equal`,
  ]
  return [`${mark(ok)} ${counted.join(', ')}`]
}

function mark(matches: boolean): string {
  return matches ? '✓' : '✗'
}

function paint(line: string): string {
  return line.replace(/✓/g, '\u001b[32m✓\u001b[0m').replace(/✗/g, '\u001b[31m✗\u001b[0m')
}

function shorten(text: string): string {
  if (text.length <= MAX_VALUE_CHARS) return text
  const half = (MAX_VALUE_CHARS - 2) >> 1
  return `${text.slice(0, half)}..${text.slice(-half)}`
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`
}
