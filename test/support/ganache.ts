/** Starts ganache, an example of a node without EIP-1898 and with unusual errors. */

import { fileURLToPath } from 'node:url'

import { type RpcNode, startRpcNode } from './rpc-node.ts'

const CHAIN_ID = 1_337

/**
 * Starts ganache on a free loopback port; it mines a block for each transaction.
 *
 * @throws Error if it cannot start, with what it printed.
 */
export function startGanache(): Promise<RpcNode> {
  const program = fileURLToPath(new URL('ganache-server.cjs', import.meta.url))
  return startRpcNode({
    name: 'ganache',
    command: process.execPath,
    installHint: 'run "npm ci"',
    args: [program, `${CHAIN_ID}`],
    portPattern: /Listening on 127\.0\.0\.1:(\d+)/,
  })
}
