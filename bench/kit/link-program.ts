/**
 * Program: counts HTTP requests to a node and lets each wait, in a process of its own, so that it
 * takes no time of the one that reads. Argument: URL of the node.
 */

import { startProxy } from '../../test/support/proxy.ts'
import type { LinkReport } from './upstream.ts'

const [endpointUrl = ''] = process.argv.slice(2)
let delayMs = 0
const proxy = await startProxy(endpointUrl, { onRequest: () => ({ delayMs }) })

process.on('message', ({ latencyMs }: { readonly latencyMs: number }) => {
  report()
  proxy.reset()
  delayMs = latencyMs
})
process.on('disconnect', () => process.exit(0))
report()

function report(): void {
  const { url, requests } = proxy
  process.send?.({ url, requests } satisfies LinkReport)
}
