/**
 * Writes metrics in the OpenMetrics 1.0 text format, which Prometheus reads too.
 *
 * Invariant: the text is a complete exposition: each family occurs once, with its metadata first
 * and its series together, each series has different labels, and `# EOF` ends it.
 */

import { InvalidInputError } from '../../diagnostics/errors.ts'
import type { EndpointCondition, EndpointMetrics, LatencyHistogram } from '../../rpc/metrics.ts'
import type { Family } from './metric-families.ts'
import { ENDPOINT_FAMILIES, SERIES, STRUCTURE_FAMILIES } from './metric-families.ts'
import type { Metrics } from './metrics.ts'

/** The `Content-Type` to serve the text with. */
export const OPEN_METRICS_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8'

const PREFIX = 'forkstate_'
const CONDITIONS: readonly EndpointCondition[] = ['ready', 'backoff', 'suspect', 'wrong-chain']
const OWN_LABELS: ReadonlySet<string> = new Set([
  'table',
  'layer',
  'cause',
  'endpoint',
  'index',
  'le',
  PREFIX + ENDPOINT_FAMILIES.condition.name,
])

/** Labels that distinguish managers, such as `{ chain: '1' }`. */
export type MetricLabels = Readonly<Record<string, string>>

/** The metrics of one of several managers. */
export interface LabelledMetrics {
  readonly metrics: Metrics
  readonly labels: MetricLabels
}

/**
 * Writes the metrics of one manager, or of several with different labels. Durations are in seconds.
 *
 * @param labels Added to every series of `metrics`.
 * @throws InvalidInputError if the name of a label is malformed or reserved (`table`, `layer`,
 *   `cause`, `endpoint`, `index`, `le`), or if two managers have the same labels.
 * @example
 * response.setHeader('content-type', OPEN_METRICS_TYPE)
 * response.end(openMetrics(state.metrics(), { chain: '1' }))
 */
export function openMetrics(
  metrics: Metrics | readonly LabelledMetrics[],
  labels: MetricLabels = {},
): string {
  const all = isList(metrics) ? metrics : [{ metrics, labels }]
  const exposition = new Exposition()
  const seen = new Set<string>()
  for (const one of all) {
    const text = labelText(one.labels)
    for (const name of Object.keys(one.labels)) requireLabel(name)
    if (seen.has(text)) throw new InvalidInputError('two managers have the same labels')
    seen.add(text)
    addMetrics(exposition, one)
  }
  return exposition.toText()
}

function isList(
  metrics: Metrics | readonly LabelledMetrics[],
): metrics is readonly LabelledMetrics[] {
  return Array.isArray(metrics)
}

function requireLabel(name: string): void {
  const isName = /^[a-z_][a-z0-9_]*$/i.test(name) && !name.startsWith('__')
  if (isName && !OWN_LABELS.has(name)) return
  throw new InvalidInputError(`a label cannot be named ${JSON.stringify(name)}`, {
    hint: 'use letters, digits and _, no digit or __ first, and no reserved name',
  })
}

function addMetrics(exposition: Exposition, { metrics, labels }: LabelledMetrics): void {
  for (const [name, series] of SERIES) {
    exposition.add(series.family, { ...labels, ...series.labels }, metrics[name])
  }
  for (const [cause, count] of Object.entries(metrics.retriesByCause)) {
    exposition.add(STRUCTURE_FAMILIES.retriesByCause, { ...labels, cause }, count)
  }
  addHistogram(exposition, labels, metrics.latency)
  for (const [index, endpoint] of metrics.endpoints.entries()) {
    addEndpoint(exposition, { ...labels, index: String(index) }, endpoint)
  }
}

function addHistogram(
  exposition: Exposition,
  labels: MetricLabels,
  { boundsMs, counts, count, sumMs }: LatencyHistogram,
): void {
  const family = STRUCTURE_FAMILIES.latency
  let upTo = 0
  for (const [at, boundMs] of boundsMs.entries()) {
    upTo += counts[at] ?? 0
    const le = floatText(boundMs / 1_000)
    exposition.add(family, { ...labels, le }, upTo, '_bucket')
  }
  exposition.add(family, { ...labels, le: '+Inf' }, count, '_bucket')
  exposition.add(family, labels, count, '_count')
  exposition.add(family, labels, sumMs / 1_000, '_sum')
}

/** @param shared Includes the index of the endpoint, since two may have the same name. */
function addEndpoint(
  exposition: Exposition,
  shared: MetricLabels,
  { endpoint, condition, health, requests, failures, disagreements }: EndpointMetrics,
): void {
  const labels = { ...shared, endpoint }
  const families = ENDPOINT_FAMILIES
  for (const state of CONDITIONS) {
    const named = { ...labels, [PREFIX + families.condition.name]: state }
    exposition.add(families.condition, named, state === condition ? 1 : 0)
  }
  exposition.add(families.health, labels, health)
  exposition.add(families.requests, labels, requests)
  exposition.add(families.failures, labels, failures)
  exposition.add(families.disagreements, labels, disagreements)
}

/** Gathers series by family. */
class Exposition {
  /** Values of a family by the text of their series. */
  readonly #families = new Map<Family, Map<string, string>>()

  add(family: Family, labels: MetricLabels, value: number, suffix?: string): void {
    const lines = this.#families.get(family) ?? new Map<string, string>()
    this.#families.set(family, lines)
    lines.set(seriesText(family, labels, suffix), numberText(value))
  }

  toText(): string {
    const lines: string[] = []
    for (const [{ name, type, unit, help }, series] of this.#families) {
      lines.push(`# TYPE ${PREFIX}${name} ${type}`)
      if (unit !== undefined) lines.push(`# UNIT ${PREFIX}${name} ${unit}`)
      lines.push(`# HELP ${PREFIX}${name} ${escaped(help)}`)
      for (const [text, value] of series) lines.push(`${text} ${value}`)
    }
    return `${[...lines, '# EOF'].join('\n')}\n`
  }
}

function seriesText({ name, type }: Family, labels: MetricLabels, suffix?: string): string {
  const end = suffix ?? (type === 'counter' ? '_total' : '')
  return `${PREFIX}${name}${end}${labelText(labels)}`
}

/** `{a="1",b="2"}`, sorted by name; empty without labels. */
function labelText(labels: MetricLabels): string {
  const names = Object.keys(labels).sort()
  if (names.length === 0) return ''
  const pairs = names.map((name) => `${name}="${escaped(String(labels[name]))}"`)
  return `{${pairs.join(',')}}`
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value)
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
}

/** A bound in canonical form: `1.0`, `0.05`. */
function floatText(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value)
}
