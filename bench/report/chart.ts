/** A line chart as SVG, both scales logarithmic. Lines are named where they end. */

import type { Chart, ResultRow } from '../kit/group.ts'
import { counted, groupedBy, shown } from './pivot.ts'

const [WIDTH, HEIGHT] = [860, 420]
const FRAME = { left: 70, right: WIDTH - 330, top: 50, bottom: HEIGHT - 45 }
const NAMES_AT = FRAME.right + 28
const LINE_HEIGHT = 16
const COLOURS = ['#0969da', '#9a6700', '#8250df', '#1a7f37', '#bf3989', '#57606a', '#0550ae']
const OWN_COLOURS = ['#d1242f', '#fa8c16', '#a40e26', '#bc4c00']

interface Line {
  readonly label: string
  readonly colour: string
  readonly width: number
  readonly points: readonly { readonly x: number; readonly y: number }[]
}

type Scale = (value: number) => number

export function drawChart(chart: Chart, rows: readonly ResultRow[]): string {
  const sizes = [...new Set(rows.map(({ size = 1 }) => size))].sort((a, b) => a - b)
  const decades = decadesOf(rows.map(({ median }) => median))
  const x = logScale(sizes, FRAME.left, FRAME.right)
  const y = logScale(decades, FRAME.bottom, FRAME.top)
  const lines = linesOf(chart, rows, x, y)
  const unit = rows[0]?.unit ?? 'ns'
  const body = [
    text(16, 26, 'start', chart.title, ' font-size="15"'),
    ...decades.map((value) => ruleAt(y(value), shown(value, unit))),
    ...sizes.map((size) => text(x(size), FRAME.bottom + 20, 'middle', counted(size))),
    ...lines.map(drawLine),
    ...drawNames(lines),
  ]
  const frame = `xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}"`
  const style = 'font-family="system-ui, sans-serif" font-size="12" fill="#24292f"'
  const ground = `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`
  return `<svg ${frame} ${style}>\n${ground}\n${body.join('\n')}\n</svg>\n`
}

/** Those of forkstate last, so that they lie above the others. */
function linesOf(chart: Chart, rows: readonly ResultRow[], x: Scale, y: Scale): readonly Line[] {
  const byLabel = [...groupedBy(rows, (row) => chart.label?.(row) ?? row.subject)]
  return [
    { isOwn: false, colours: COLOURS, width: 1.5 },
    { isOwn: true, colours: OWN_COLOURS, width: 2.5 },
  ].flatMap(({ isOwn, colours, width }) =>
    byLabel
      .filter(([label]) => label.startsWith('forkstate') === isOwn)
      .map(([label, ofLine], at) => {
        const points = ofLine.map(({ size = 1, median }) => ({ x: x(size), y: y(median) }))
        const colour = colours[at % colours.length] ?? '#000'
        return { label, colour, width, points: points.sort((a, b) => a.x - b.x) }
      }),
  )
}

function drawLine({ colour, width, points }: Line): string {
  const places = points.map(({ x, y }) => [x.toFixed(1), y.toFixed(1)])
  const path = places.map((place) => place.join(',')).join(' ')
  const dots = places.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3" fill="${colour}"/>`)
  const line = `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="${width}"/>`
  return [line, ...dots].join('')
}

/** Names beside the ends of the lines, moved apart, with a thin line to each end. */
function drawNames(lines: readonly Line[]): readonly string[] {
  const ends = lines.flatMap(({ label, colour, points }) =>
    points.slice(-1).map(({ x, y }) => ({ label, colour, x, y })),
  )
  ends.sort((a, b) => a.y - b.y)
  const places = movedApart(ends.map(({ y }) => y))
  return ends.map(({ label, colour, x, y }, at) => {
    const place = places[at] ?? y
    const to = NAMES_AT - 4
    const [from, beside] = [`${(x + 5).toFixed(1)},${y.toFixed(1)}`, place.toFixed(1)]
    const thin = `stroke="${colour}" stroke-width="0.6" stroke-dasharray="2 2"`
    const path = `${from} ${to - 12},${beside} ${to},${beside}`
    const name = text(NAMES_AT, place + 4, 'start', label, ` fill="${colour}"`)
    return `<polyline points="${path}" fill="none" ${thin}/>${name}`
  })
}

/** Ascending places with a line's height between them, within the frame if they fit. */
function movedApart(wanted: readonly number[]): readonly number[] {
  const places: number[] = []
  for (const place of wanted) {
    places.push(Math.max(place, (places.at(-1) ?? Number.NEGATIVE_INFINITY) + LINE_HEIGHT))
  }
  const last = places.length - 1
  for (let at = last, bottom = FRAME.bottom; at >= 0; at--, bottom -= LINE_HEIGHT) {
    bottom = Math.min(places[at] as number, bottom)
    places[at] = bottom
  }
  return places
}

function ruleAt(y: number, label: string): string {
  const line = `<line x1="${FRAME.left}" x2="${FRAME.right}" y1="${y}" y2="${y}" stroke="#d0d7de"/>`
  return `${line}${text(FRAME.left - 8, y + 4, 'end', label)}`
}

/** @param more Further attributes, each after a space. */
function text(x: number, y: number, anchor: string, content: string, more = ''): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  const place = `x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}"`
  return `<text ${place}${more}>${escaped}</text>`
}

function logScale(values: readonly number[], from: number, to: number): Scale {
  const [least, most] = [Math.log(Math.min(...values)), Math.log(Math.max(...values))]
  return (value) => from + ((Math.log(value) - least) / (most - least || 1)) * (to - from)
}

/** From the decade below the least to the one above the most. */
function decadesOf(values: readonly number[]): readonly number[] {
  const first = Math.floor(Math.log10(Math.min(...values, Number.MAX_VALUE)))
  const last = Math.max(first + 1, Math.ceil(Math.log10(Math.max(...values, 1))))
  return Array.from({ length: last - first + 1 }, (_, at) => 10 ** (first + at))
}
