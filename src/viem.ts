/**
 * Entry point `forkstate/viem`: a state manager as a transport of viem. Needs the package `viem`;
 * running calls needs those that `forkstate/eip1193` names.
 */

export { ProviderRpcError } from './provider/errors.ts'
export type { ForkStateTransportOptions } from './viem/transport.ts'
export { forkStateTransport } from './viem/transport.ts'
