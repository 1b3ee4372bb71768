/**
 * Metrics in the text format of OpenMetrics 1.0, which Prometheus reads too.
 *
 * Invariant: what comes out is a whole exposition: each family once, its metadata first, its series
 * together and each with other labels, `# EOF` at the end.
 */

import { InvalidInputError } from '../../errors.ts'
import type { EndpointCondition, EndpointMetrics, LatencyHistogram } from '../../rpc/metrics.ts'
import type { Family } from './metric-families.ts'
import { ENDPOINT_FAMILIES, SERIES, STRUCTURE_FAMILIES } from './metric-families.ts'
import type { Metrics } from './metrics.ts'

/** The `Content-Type` under which the text is served. */
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

/** Names and values that tell one manager from another, such as `{ chain: '1' }`. */
export type MetricLabels = Readonly<Record<string, string>>

/** The metrics of one of several managers. */
export interface LabelledMetrics {
  readonly metrics: Metrics
  readonly labels: MetricLabels
}

/**
 * The metrics of one manager, or of several with different labels, as text. Durations are seconds.
 *
 * @param labels Added to every series of `metrics`.
 * @throws InvalidInputError for a label whose name is malformed or used here (`table`, `layer`,
 *   `cause`, `endpoint`, `index`, `le`), and for two managers with the same labels.
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
    hint: 'letters, digits and _, no digit and no __ first, and none of the names used here',
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

/** @param shared With the place of the endpoint, since two may have the same name. */
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
  /** Lines of a family, by what stands before the value. */
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

/** `{a="1",b="2"}`, in the order of the names; nothing for none. */
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

/** As bounds are written: `1.0`, `0.05`. */
function floatText(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value)
}
