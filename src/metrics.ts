/**
 * Entry point `forkstate/metrics`: the metrics of managers as text that monitoring systems read.
 */

export type { LabelledMetrics, MetricLabels } from './state/metrics/open-metrics.ts'
export { OPEN_METRICS_TYPE, openMetrics } from './state/metrics/open-metrics.ts'
