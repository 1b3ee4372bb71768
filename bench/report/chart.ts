/**
 * A line chart as SVG: sizes to the right and figures upwards, both logarithmic. Lines are named
 * where they end.
 */

import type { Chart, ResultRow } from '../kit/group.ts'
import { counted, shown } from './pivot.ts'

const [WIDTH, HEIGHT] = [860, 420]
const FRAME = { left: 70, right: 330, top: 50, bottom: 45 }
const NAMES_AT = WIDTH - FRAME.right + 28
const LINE_HEIGHT = 16
const COLOURS = ['#0969da', '#9a6700', '#8250df', '#1a7f37', '#bf3989', '#57606a', '#0550ae']
/** Of forkstate, of which there are few. */
const OWN_COLOURS = ['#d1242f', '#fa8c16', '#a40e26', '#bc4c00']
const OWN = 'forkstate'

interface Point {
  readonly size: number
  readonly value: number
}

interface Line {
  readonly label: string
  readonly colour: string
  readonly isOwn: boolean
  /** By size. */
  readonly points: readonly Point[]
}

/** A scale from values to places. */
type Scale = (value: number) => number

export function drawChart(chart: Chart, rows: readonly ResultRow[]): string {
  const lines = linesOf(chart, rows)
  const sizes = [...new Set(rows.map(({ size = 1 }) => size))].sort((a, b) => a - b)
  const values = rows.map(({ median }) => median)
  const decades = decadesOf(values)
  const x = logScale(sizes, FRAME.left, WIDTH - FRAME.right)
  const y = logScale(decades, HEIGHT - FRAME.bottom, FRAME.top)
  const unit = rows[0]?.unit ?? 'ns'
  const body = [
    text({ x: 16, y: 26, anchor: 'start', size: 15 }, chart.title),
    ...decades.map((value) => ruleAt(y(value), shown(value, unit))),
    ...sizes.map((size) => {
      const place = { x: x(size), y: HEIGHT - FRAME.bottom + 20, anchor: 'middle' } as const
      return text(place, counted(size))
    }),
    ...lines.map((line) => drawLine(line, x, y)),
    ...drawNames(lines, x, y),
  ]
  const frame = `xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}"`
  const style = 'font-family="system-ui, sans-serif" font-size="12" fill="#24292f"'
  const ground = `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`
  return `<svg ${frame} ${style}>\n${ground}\n${body.join('\n')}\n</svg>\n`
}

/** Those of forkstate last, so that they lie above the others. */
function linesOf(chart: Chart, rows: readonly ResultRow[]): readonly Line[] {
  const labelOf = (row: ResultRow) => chart.label?.(row) ?? row.subject
  const labels = [...new Set(rows.map((row) => labelOf(row)))]
  const isOwn = (label: string) => label.startsWith(OWN)
  const [own, others] = [labels.filter(isOwn), labels.filter((label) => !isOwn(label))]
  const colourOf = (colours: readonly string[], at: number) =>
    colours[at % colours.length] ?? '#000'
  return [
    ...others.map((label, at) => ({ label, isOwn: false, colour: colourOf(COLOURS, at) })),
    ...own.map((label, at) => ({ label, isOwn: true, colour: colourOf(OWN_COLOURS, at) })),
  ].map((line) => ({
    ...line,
    points: rows
      .filter((row) => labelOf(row) === line.label)
      .map(({ size = 1, median }) => ({ size, value: median }))
      .sort((a, b) => a.size - b.size),
  }))
}

function drawLine({ colour, isOwn, points }: Line, x: Scale, y: Scale): string {
  const places = points.map(({ size, value }) => [x(size).toFixed(1), y(value).toFixed(1)])
  const path = places.map((place) => place.join(',')).join(' ')
  const dots = places.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3" fill="${colour}"/>`)
  const width = isOwn ? 2.5 : 1.5
  const line = `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="${width}"/>`
  return [line, ...dots].join('')
}

/** Names beside the ends of the lines, moved apart, with a thin line to each end. */
function drawNames(lines: readonly Line[], x: Scale, y: Scale): readonly string[] {
  const ends = lines
    .flatMap(({ label, colour, points }) => {
      const end = points.at(-1)
      return end === undefined ? [] : [{ label, colour, x: x(end.size), y: y(end.value) }]
    })
    .sort((a, b) => a.y - b.y)
  const places = movedApart(ends.map((end) => end.y))
  return ends.map((end, at) => {
    const place = places[at] ?? end.y
    const to = NAMES_AT - 4
    const points = `${(end.x + 5).toFixed(1)},${end.y.toFixed(1)} ${to - 12},${place.toFixed(1)} ${to},${place.toFixed(1)}`
    const thin = `stroke="${end.colour}" stroke-width="0.6" stroke-dasharray="2 2"`
    const leader = `<polyline points="${points}" fill="none" ${thin}/>`
    const name = text({ x: NAMES_AT, y: place + 4, anchor: 'start', colour: end.colour }, end.label)
    return `${leader}${name}`
  })
}

/** Ascending places with a line's height between them, within the frame if they fit. */
function movedApart(wanted: readonly number[]): readonly number[] {
  const places: number[] = []
  for (const place of wanted) {
    places.push(Math.max(place, (places.at(-1) ?? Number.NEGATIVE_INFINITY) + LINE_HEIGHT))
  }
  let bottom = HEIGHT - FRAME.bottom
  return places
    .toReversed()
    .map((place) => {
      const moved = Math.min(place, bottom)
      bottom = moved - LINE_HEIGHT
      return moved
    })
    .toReversed()
}

function ruleAt(y: number, label: string): string {
  const [from, to] = [FRAME.left, WIDTH - FRAME.right]
  const line = `<line x1="${from}" x2="${to}" y1="${y}" y2="${y}" stroke="#d0d7de"/>`
  return `${line}${text({ x: from - 8, y: y + 4, anchor: 'end' }, label)}`
}

interface TextPlace {
  readonly x: number
  readonly y: number
  readonly anchor: 'start' | 'middle' | 'end'
  readonly size?: number
  readonly colour?: string
}

function text({ x, y, anchor, size, colour }: TextPlace, content: string): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  const attributes = [
    `x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}"`,
    ...(size === undefined ? [] : [`font-size="${size}"`]),
    ...(colour === undefined ? [] : [`fill="${colour}"`]),
  ]
  return `<text ${attributes.join(' ')}>${escaped}</text>`
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
