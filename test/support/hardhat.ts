/** Starts `hardhat node` (2.x) as a JSON-RPC server, in a project folder of its own. */

import { mkdtemp, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { type RpcNode, startRpcNode } from './rpc-node.ts'

/** Without a compiler, so nothing is downloaded; every block is mined on demand. */
const CONFIG = `module.exports = {
  solidity: '0.8.28',
  networks: { hardhat: { chainId: 31337, loggingEnabled: false } },
}
`

/**
 * Starts hardhat on a free loopback port. Its settings and caches live in a folder under the
 * system's temporary folder; telemetry is off and nothing is fetched from a network.
 *
 * @throws Error if it cannot start, with what it printed.
 */
export async function startHardhat(): Promise<RpcNode> {
  const folder = await mkdtemp(join(tmpdir(), 'forkstate-hardhat-'))
  const config = join(folder, 'hardhat.config.cjs')
  await writeFile(config, CONFIG)
  const program = findHardhat()
  return startRpcNode({
    name: 'hardhat',
    command: process.execPath,
    installHint: 'run "npm ci"',
    args: [program, '--config', config, 'node', '--hostname', '127.0.0.1', '--port', '0'],
    env: {
      CI: 'true',
      HARDHAT_DISABLE_TELEMETRY_PROMPT: 'true',
      HARDHAT_EXPERIMENTAL_ALLOW_NON_LOCAL_INSTALLATION: 'true',
      XDG_CONFIG_HOME: folder,
      XDG_DATA_HOME: folder,
      XDG_CACHE_HOME: folder,
    },
    ownFolder: folder,
    portPattern: /JSON-RPC server at http:\/\/127\.0\.0\.1:(\d+)/,
  })
}

function findHardhat(): string {
  const require = createRequire(import.meta.url)
  const manifest = require.resolve('hardhat/package.json')
  const { bin } = require(manifest) as { bin: { hardhat: string } }
  return join(dirname(manifest), bin.hardhat)
}
