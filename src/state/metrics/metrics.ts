/**
 * `metrics/` describes and exposes what is counted. This module puts together the metrics of a state
 * manager and its fork, as one flat object.
 */

import type { ManagerStats } from '../../ffi/abi.gen.ts'
import type { ForkMetrics } from '../../fork/fork-metrics.ts'
import { NO_FORK_METRICS } from '../../fork/fork-metrics.ts'
import type { ManagerParts } from '../parts.ts'

/**
 * Metrics of a manager and its fork. Names with `Bytes` are bytes, all others are counts. Metrics
 * of the fork are shared by all managers over it, and are 0 without a fork.
 */
export interface Metrics extends ManagerStats, ForkMetrics {
  /**
   * Memory of the WebAssembly instance, which all managers in it share; 0 for native builds. @gauge
   */
  readonly memoryBytes: number
}

/** @throws DestroyedError */
export function metricsOf({ core, fork }: ManagerParts): Metrics {
  const { kind, bytes } = core.engine
  return {
    ...core.stats(),
    ...(fork?.metrics() ?? NO_FORK_METRICS),
    memoryBytes: kind === 'wasm' ? bytes.length : 0,
  }
}
