/** Sizes and counters of a manager and its fork. */

import type { ManagerStats } from '../../ffi/abi.gen.ts'
import type { ForkMetrics } from '../../fork/fork-metrics.ts'
import { NO_FORK_METRICS } from '../../fork/fork-metrics.ts'
import type { ManagerParts } from '../parts.ts'

/**
 * What a manager and its fork hold and did. Names in `Bytes` are bytes, all else are counts. The
 * figures of the fork are shared by all managers over it, and 0 without one.
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
