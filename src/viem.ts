/**
 * Entry point `forkstate/viem`: a state manager as a viem transport. Needs the package `viem`;
 * running calls needs the packages listed in `forkstate/eip1193`.
 */

export { ProviderRpcError } from './provider/errors.ts'
export type { ForkStateTransportOptions } from './viem/transport.ts'
export { forkStateTransport } from './viem/transport.ts'
