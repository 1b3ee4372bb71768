/**
 * What a fork reports while it works: events as they happen, counters on demand, and the same
 * counters as text for a monitoring system. A listener that fails does not affect the fork.
 *
 *     npx tsx examples/events-and-metrics.ts [URL]
 */

import { type ForkEvent, StateManager } from '../src/index.ts'
import { openMetrics } from '../src/metrics.ts'

const url = process.argv[2] ?? 'http://127.0.0.1:8545'
const alice = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'

function print(event: ForkEvent): void {
  if (event.type === 'request-sent') console.log(`sent: ${event.methods.join(', ')}`)
  else if (event.type === 'request-answered') console.log(`answered, failed: ${event.failedCalls}`)
  else if (event.type === 'pinned') console.log(`pinned: block of ${event.hash.length} characters`)
  else if (event.type === 'endpoint-demoted') console.log(`out of use: ${event.condition}`)
  if (event.type === 'pinned') throw new Error('a listener that fails is a warning')
}

const fork = new StateManager({
  rpcClient: ['http://127.0.0.1:1', url], // the first one is down
  onEvent: print,
})
console.log('balance:', await fork.getBalance(alice))

const { fetchedFacts, baseHits, retriesByCause, latency } = fork.metrics()
console.log(`facts of the chain: ${fetchedFacts}, reads that hit: ${baseHits}`)
console.log(`timeouts: ${retriesByCause.timeout}, requests timed: ${latency.count > 0}`)

const text = openMetrics(fork.metrics(), { chain: 'anvil' })
const lines = text.split('\n').filter((line) => line.startsWith('forkstate_hits_total'))
console.log(lines.join('\n'))
fork.destroy()
