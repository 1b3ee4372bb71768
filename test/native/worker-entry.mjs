/** Starts `worker.ts`: Node 20 runs no TypeScript, and tsx starts in the main thread only. */

import { register } from 'tsx/esm/api'

register()
await import('./worker.ts')
