/** In which order endpoints are asked. */

import type { RequestSubject } from './endpoint-request.ts'
import type { EndpointState } from './endpoint-state.ts'

/** Differences below this are noise. */
const NOISE_MS = 20

/**
 * Those that can answer, the best one first: those that are well before those that rest, are
 * suspect, or have refused such a request. Among the first an endpoint comes before one that
 * stands before it in the user's list only if it is about twice as fast; failures count as slowness.
 *
 * Endpoints that refused are still asked, last: what they said may not hold any more.
 */
export function rank(
  endpoints: readonly EndpointState[],
  request: RequestSubject,
): readonly EndpointState[] {
  const costs = endpoints.flatMap(({ costMs }) => costMs ?? [])
  const best = Math.min(...costs)
  const ranked = endpoints
    .filter(({ condition }) => condition !== 'wrong-chain')
    .map((endpoint) => ({
      endpoint,
      group: groupOf(endpoint, request),
      rest: endpoint.condition === 'backoff' ? endpoint.restsUntilMs : 0,
      slowness: slownessOf(endpoint, best),
    }))
  ranked.sort(
    (a, b) =>
      a.group - b.group ||
      a.rest - b.rest ||
      a.slowness - b.slowness ||
      a.endpoint.index - b.endpoint.index,
  )
  return ranked.map(({ endpoint }) => endpoint)
}

/** 0 for up to twice the best, 1 for up to four times, and so on. What is not known is good. */
function slownessOf({ costMs }: EndpointState, best: number): number {
  return costMs === undefined ? 0 : Math.floor(Math.log2((costMs + NOISE_MS) / (best + NOISE_MS)))
}

function groupOf(endpoint: EndpointState, request: RequestSubject): number {
  if (endpoint.refuses(request)) return 3
  const { condition } = endpoint
  return condition === 'suspect' ? 2 : condition === 'backoff' ? 1 : 0
}
