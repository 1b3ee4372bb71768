/** The combined capabilities of several endpoints. */

import type { ProbedMethod, RpcCapabilities, RpcClient } from '../rpc-client.ts'

/**
 * A method is served if any of the clients serves it, and refused if all that know it refuse it.
 */
export function jointCapabilities(clients: readonly RpcClient[]): RpcCapabilities {
  const all = clients.flatMap((client) => client.capabilities?.() ?? [])
  const join = (method: ProbedMethod): RpcCapabilities[ProbedMethod] => {
    const known = all.map((capabilities) => capabilities[method])
    if (known.includes('served')) return 'served'
    return known.length > 0 && known.every((one) => one === 'refused') ? 'refused' : 'unknown'
  }
  return {
    eth_getProof: join('eth_getProof'),
    eth_getAccountInfo: join('eth_getAccountInfo'),
    eth_getStorageValues: join('eth_getStorageValues'),
    eth_createAccessList: join('eth_createAccessList'),
    debug_traceCall: join('debug_traceCall'),
  }
}
