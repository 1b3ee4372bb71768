/** The order in which endpoints are used. */

import type { RequestSubject } from './endpoint-request.ts'
import type { EndpointState } from './endpoint-state.ts'

/** Differences below this are noise. */
const NOISE_MS = 20

/**
 * The endpoints that can answer, best one first: healthy ones before those that back off, are
 * suspect, or have refused such a request. Among healthy ones, an endpoint passes another that
 * precedes it in the user's list only if it is about twice as fast; failures count as slowness.
 *
 * Endpoints that refused are still used, last: the refusal may be outdated.
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
      rest: endpoint.condition === 'backoff' ? endpoint.backoffUntilMs : 0,
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

/**
 * 0 for up to twice the best, 1 for up to four times, and so on. An unknown cost counts as good.
 */
function slownessOf({ costMs }: EndpointState, best: number): number {
  return costMs === undefined ? 0 : Math.floor(Math.log2((costMs + NOISE_MS) / (best + NOISE_MS)))
}

function groupOf(endpoint: EndpointState, request: RequestSubject): number {
  if (endpoint.refuses(request)) return 3
  const { condition } = endpoint
  return condition === 'suspect' ? 2 : condition === 'backoff' ? 1 : 0
}
