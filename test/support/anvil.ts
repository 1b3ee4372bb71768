/** Starts anvil from its npm package (a static binary), for tests, benchmarks and the demo. */

import { createRequire } from 'node:module'

import { type RpcNode, startRpcNode } from './rpc-node.ts'

const BINARY_PACKAGES: Readonly<Record<string, string>> = {
  'darwin-arm64': '@foundry-rs/anvil-darwin-arm64/bin/anvil',
  'darwin-x64': '@foundry-rs/anvil-darwin-amd64/bin/anvil',
  'linux-arm64': '@foundry-rs/anvil-linux-arm64/bin/anvil',
  'linux-x64': '@foundry-rs/anvil-linux-amd64/bin/anvil',
  'win32-x64': '@foundry-rs/anvil-win32-amd64/bin/anvil.exe',
}

export interface AnvilOptions {
  readonly chainId?: number
  /** Timestamp of block 0, seconds; set it for blocks that are the same in every run. */
  readonly genesisTimestamp?: number
  /** More command-line arguments, for example `['--no-mining']`. */
  readonly args?: readonly string[]
}

/**
 * Starts anvil on a free loopback port; it mines a block for each transaction.
 *
 * @throws Error if it cannot start, with what it printed.
 */
export function startAnvil(options: AnvilOptions = {}): Promise<RpcNode> {
  const { chainId = 31_337, genesisTimestamp, args = [] } = options
  const timestamp = genesisTimestamp === undefined ? [] : ['--timestamp', `${genesisTimestamp}`]
  return startRpcNode({
    name: 'anvil',
    command: findAnvil(),
    installHint: 'run "npm ci", or put anvil on the PATH',
    args: ['--host', '127.0.0.1', '--port', '0', '--chain-id', `${chainId}`, ...timestamp, ...args],
    portPattern: /Listening on 127\.0\.0\.1:(\d+)/,
  })
}

/** The binary itself, not the npm launcher, so that a signal reaches the node. */
function findAnvil(): string {
  const binary = BINARY_PACKAGES[`${process.platform}-${process.arch}`]
  if (binary === undefined) return 'anvil'
  const launcher = createRequire(import.meta.url)
  try {
    return createRequire(launcher.resolve('@foundry-rs/anvil/package.json')).resolve(binary)
  } catch {
    return 'anvil'
  }
}
