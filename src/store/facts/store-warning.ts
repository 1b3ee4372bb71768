/** Warns on the console of events of a store, if there is no listener. */

import { warn } from '../../diagnostics/warnings.ts'
import type { StoreEvent } from './store-health.ts'

/** One line for an outage; a recovery is not a warning. */
export function warnOfStore(event: StoreEvent): void {
  if (event.type === 'store-degraded') warn(event.error.message, event.error.code)
}
