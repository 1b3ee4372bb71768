/** A line chart as SVG: sizes to the right and figures upwards, both logarithmic. */

import type { Chart, ResultRow } from '../kit/group.ts'
import { counted, shown } from './pivot.ts'

const [WIDTH, HEIGHT] = [760, 380]
const FRAME = { left: 80, right: 250, top: 40, bottom: 45 }
const COLOURS = ['#d1242f', '#0969da', '#1a7f37', '#9a6700', '#8250df', '#57606a', '#bf3989']

interface Point {
  readonly size: number
  readonly value: number
}

/** A scale from values to places. */
type Scale = (value: number) => number

export function drawChart(chart: Chart, rows: readonly ResultRow[]): string {
  const labels = [...new Set(rows.map((row) => chart.label(row)))]
  const lines = labels.map((label) => ({
    label,
    points: rows
      .filter((row) => chart.label(row) === label)
      .map(({ size = 1, median }): Point => ({ size, value: median }))
      .sort((a, b) => a.size - b.size),
  }))
  const sizes = [...new Set(rows.map(({ size = 1 }) => size))].sort((a, b) => a - b)
  const values = rows.map(({ median }) => median)
  const x = logScale(sizes, FRAME.left, WIDTH - FRAME.right)
  const y = logScale(values, HEIGHT - FRAME.bottom, FRAME.top)
  const unit = rows[0]?.unit ?? 'ns'
  const body = [
    text(FRAME.left, 20, chart.title, 'start', 14),
    ...decadesOf(values).map((value) => ruleAt(y(value), shown(value, unit))),
    ...sizes.map((size) => text(x(size), HEIGHT - FRAME.bottom + 20, counted(size), 'middle')),
    ...lines.flatMap(({ label, points }, at) => lineOf(label, points, x, y, at)),
  ]
  const frame = `xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}"`
  const style = 'font-family="sans-serif" font-size="12" fill="#24292f"'
  const ground = `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`
  return `<svg ${frame} ${style}>\n${ground}\n${body.join('\n')}\n</svg>\n`
}

function lineOf(
  label: string,
  points: readonly Point[],
  x: Scale,
  y: Scale,
  at: number,
): readonly string[] {
  const colour = COLOURS[at % COLOURS.length] as string
  const places = points.map(({ size, value }) => [x(size).toFixed(1), y(value).toFixed(1)])
  const path = places.map((place) => place.join(',')).join(' ')
  const [left, top] = [WIDTH - FRAME.right + 15, FRAME.top + at * 20]
  return [
    `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`,
    ...places.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3" fill="${colour}"/>`),
    `<rect x="${left}" y="${top - 9}" width="12" height="10" fill="${colour}"/>`,
    text(left + 18, top, label, 'start'),
  ]
}

function ruleAt(y: number, label: string): string {
  const [from, to] = [FRAME.left, WIDTH - FRAME.right]
  const line = `<line x1="${from}" x2="${to}" y1="${y}" y2="${y}" stroke="#d0d7de"/>`
  return `${line}${text(from - 8, y + 4, label, 'end')}`
}

function text(x: number, y: number, content: string, anchor: string, size = 12): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  const place = `x="${x.toFixed(1)}" y="${y.toFixed(1)}"`
  return `<text ${place} text-anchor="${anchor}" font-size="${size}">${escaped}</text>`
}

/** From the decade below the least to the one above the most. */
function logScale(values: readonly number[], from: number, to: number): Scale {
  const decades = decadesOf(values)
  const [least, most] = [Math.log(decades[0] ?? 1), Math.log(decades.at(-1) ?? 10)]
  return (value) => from + ((Math.log(value) - least) / (most - least || 1)) * (to - from)
}

function decadesOf(values: readonly number[]): readonly number[] {
  const first = Math.floor(Math.log10(Math.min(...values, Number.MAX_VALUE)))
  const last = Math.max(first + 1, Math.ceil(Math.log10(Math.max(...values, 1))))
  return Array.from({ length: last - first + 1 }, (_, at) => 10 ** (first + at))
}
