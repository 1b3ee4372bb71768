/** The description of one metric: what OpenMetrics and the documentation know of it. */

/** A counter only grows; a gauge also falls; a state set says which one of several states holds. */
export type MetricKind = 'counter' | 'gauge' | 'histogram' | 'stateset'

/** One member of an interface of metrics. */
export interface MetricField<Name extends string = string> {
  readonly name: Name
  /** Absent for what is no metric itself, such as a list of endpoints. */
  readonly kind?: MetricKind
  /** Absent for a plain count. */
  readonly unit?: 'bytes' | 'seconds'
  /** What is counted: plain text, with names in backticks. */
  readonly doc: string
}
