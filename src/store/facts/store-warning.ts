/** Says on the console what happens to a store, where nobody else listens. */

import { warn } from '../../warnings.ts'
import type { StoreEvent } from './store-health.ts'

/** One line for an outage; that it is over is no warning. */
export function warnOfStore(event: StoreEvent): void {
  if (event.type === 'store-degraded') warn(event.error.message, event.error.code)
}
