/**
 * Entry point `forkstate/eip1193`: a state manager as an EIP-1193 provider for any library that
 * takes one. Running calls needs the packages `@ethereumjs/evm`, `@ethereumjs/block`,
 * `@ethereumjs/common`, `@ethereumjs/tx` and `@ethereumjs/util`.
 */

export type { ProviderErrorFields } from './provider/errors.ts'
export { ProviderRpcError } from './provider/errors.ts'
export type { EvmOptions } from './provider/evm/local-evm.ts'
export type { ProviderOptions } from './provider/provider.ts'
export { eip1193Provider } from './provider/provider.ts'
export type { UnknownMethods } from './provider/upstream.ts'
export type { Eip1193Provider } from './rpc/transports/eip1193-transport.ts'
