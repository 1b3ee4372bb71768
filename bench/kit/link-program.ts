/**
 * Program: the link to a node. Counts HTTP requests and lets each of them wait, in a process of its
 * own, so that it takes no time of the one that reads. Argument: URL of the node.
 *
 * For a message with the latency to have from now on it answers with what passed since the last.
 */

import { startProxy } from '../../test/support/proxy.ts'
import type { LinkOrder, LinkReport } from './upstream.ts'

const [endpointUrl = ''] = process.argv.slice(2)
let delayMs = 0
const proxy = await startProxy(endpointUrl, { onRequest: () => ({ delayMs }) })

process.on('message', ({ latencyMs }: LinkOrder) => {
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
