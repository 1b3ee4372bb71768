/**
 * A strict reader of OpenMetrics text, written from the specification and independent of the
 * writer. Anything unknown is an error. It supports only the types that are used here.
 */

export interface Point {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface ReadFamily {
  readonly name: string
  readonly type: string
  readonly unit: string | undefined
  readonly help: string
  readonly points: readonly Point[]
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*'
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\[\\\\"n])*"'
const NUMBER = '[+-]?(?:\\d+(?:\\.\\d+)?(?:e[+-]?\\d+)?|Inf)|NaN'
const POINT = new RegExp(`^(${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)\\})? (${NUMBER})$`)
const ENDS: Readonly<Record<string, readonly string[]>> = {
  counter: ['_total'],
  gauge: [''],
  stateset: [''],
  histogram: ['_bucket', '_count', '_sum'],
}

/** @throws Error that names the line and its problem. */
export function readOpenMetrics(text: string): readonly ReadFamily[] {
  if (!text.endsWith('\n# EOF\n')) throw new Error('it does not end with # EOF and a newline')
  const lines = text.slice(0, -'# EOF\n'.length).split('\n').slice(0, -1)
  const families: (ReadFamily & { points: Point[] })[] = []
  const seen = new Set<string>()
  let at = 0
  while (at < lines.length) {
    const { family, next } = readHead(lines, at)
    if (families.some(({ name }) => name === family.name)) throw new Error(`${family.name}: twice`)
    at = next
    for (; at < lines.length && !(lines[at] ?? '').startsWith('#'); at++) {
      const line = lines[at] ?? ''
      const point = readPoint(line)
      const end = point.name.slice(family.name.length)
      const isOwn = point.name.startsWith(family.name) && ENDS[family.type]?.includes(end)
      if (!isOwn) throw new Error(`line ${at + 1}: not a point of ${family.name}: ${line}`)
      const key = JSON.stringify([point.name, Object.entries(point.labels).sort()])
      if (seen.has(key)) throw new Error(`line ${at + 1}: a series twice: ${line}`)
      seen.add(key)
      family.points.push(point)
    }
    check(family)
    families.push(family)
  }
  return families
}

function readHead(lines: readonly string[], start: number) {
  const [, name = '', type = ''] = /^# TYPE (\S+) (\S+)$/.exec(lines[start] ?? '') ?? []
  if (!new RegExp(`^${NAME}$`).test(name) || !(type in ENDS)) {
    throw new Error(`line ${start + 1}: no family begins here: ${lines[start]}`)
  }
  let next = start + 1
  const unit = new RegExp(`^# UNIT ${name} (\\S+)$`).exec(lines[next] ?? '')?.[1]
  if (unit !== undefined) next++
  if (unit !== undefined && !name.endsWith(`_${unit}`)) throw new Error(`${name}: unit ${unit}`)
  const help = new RegExp(`^# HELP ${name} (.+)$`).exec(lines[next] ?? '')?.[1]
  if (help === undefined) throw new Error(`line ${next + 1}: no help of ${name}`)
  return { family: { name, type, unit, help, points: [] as Point[] }, next: next + 1 }
}

function readPoint(line: string): Point {
  const match = POINT.exec(line)
  if (match === null) throw new Error(`not a point: ${line}`)
  const [, name = '', labelText = '', number = ''] = match
  const labels: Record<string, string> = {}
  for (const pair of labelText.match(new RegExp(LABEL, 'g')) ?? []) {
    const [label = '', quoted = ''] = [pair.slice(0, pair.indexOf('=')), pair.split('=', 2)[1]]
    if (label in labels) throw new Error(`a label twice: ${line}`)
    const value = pair.slice(label.length + 2, -1)
    labels[label] = value.replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char))
    if (quoted === '') throw new Error(`a label without a value: ${line}`)
  }
  return { name, labels, value: Number(number.replace('Inf', 'Infinity')) }
}

function check({ name, type, points }: ReadFamily): void {
  for (const { value } of points) {
    if (type === 'counter' && !(value >= 0)) throw new Error(`${name}: a counter of ${value}`)
    if (type === 'stateset' && value !== 0 && value !== 1) throw new Error(`${name}: ${value}`)
  }
  if (type === 'stateset' && points.some(({ labels }) => !(name in labels))) {
    throw new Error(`${name}: a state without its name`)
  }
  if (type === 'histogram') checkHistogram(name, points)
}

function checkHistogram(name: string, points: readonly Point[]): void {
  const groups = new Map<string, Point[]>()
  for (const point of points) {
    const key = JSON.stringify({ ...point.labels, le: undefined })
    groups.set(key, [...(groups.get(key) ?? []), point])
  }
  for (const group of groups.values()) {
    const buckets = group.filter((point) => point.name === `${name}_bucket`)
    const bounds = buckets.map(({ labels }) => Number(labels['le']?.replace('Inf', 'Infinity')))
    const isAscending = bounds.every((bound, at) => at === 0 || bound > (bounds[at - 1] as number))
    const isCumulative = buckets.every(
      ({ value }, at) => at === 0 || value >= (buckets[at - 1] as Point).value,
    )
    const count = group.find((point) => point.name === `${name}_count`)?.value
    const isWhole = bounds.at(-1) === Number.POSITIVE_INFINITY && buckets.at(-1)?.value === count
    const isCanonical = buckets.every(({ labels }) => /^(\+Inf|\d+\.\d+)$/.test(labels['le'] ?? ''))
    const hasSum = group.some((point) => point.name === `${name}_sum`)
    if (isAscending && isCumulative && isWhole && isCanonical && hasSum) continue
    throw new Error(`${name}: its buckets are not those of a histogram`)
  }
}
