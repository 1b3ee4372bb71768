/**
 * Entry point `forkstate/metrics`: the metrics of managers as OpenMetrics text for monitoring
 * systems.
 */

export type { LabelledMetrics, MetricLabels } from './state/metrics/open-metrics.ts'
export { OPEN_METRICS_TYPE, openMetrics } from './state/metrics/open-metrics.ts'
