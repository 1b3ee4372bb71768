/** The real nodes that tests run against, each a child process on a free loopback port. */

export { startAnvil } from './anvil.ts'
export { startGanache } from './ganache.ts'
export { startHardhat } from './hardhat.ts'
export { type JsonRpcCall, JsonRpcError } from './json-rpc.ts'
export type { RpcNode } from './rpc-node.ts'
