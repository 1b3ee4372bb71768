/** How large packages are for users who bundle them for browsers. */

import { brotliCompressSync, gzipSync } from 'node:zlib'
import { bundleForBrowsers } from '../../../scripts/bundle.ts'
import { coreWasmBase64 } from '../../../src/ffi/core-wasm.gen.ts'
import type { Named } from '../../kit/group.ts'
import { inProject } from '../../kit/programs.ts'

/** ES modules that are bundled with all they need. */
const entries = [
  { name: 'forkstate, everything', module: "export * from '../src/index.ts'" },
  { name: 'forkstate, StateManager', module: "export { StateManager } from '../src/index.ts'" },
  {
    name: 'forkstate, StateManager and the EthereumJS adapter',
    module:
      "export { StateManager } from '../src/index.ts'\n" +
      "export { ForkStateManager } from '../src/ethereumjs.ts'",
  },
  ...['SimpleStateManager', 'MerkleStateManager', 'RPCStateManager'].map((name) => ({
    name: `@ethereumjs/statemanager, ${name}`,
    module: `export { ${name} } from '@ethereumjs/statemanager'`,
  })),
  {
    name: '@tevm/state, createStateManager',
    module: "export { createStateManager } from '@tevm/state'",
    note: 'without `events`, of Node, which it imports',
    external: ['events'],
  },
]

/** The core alone, by this name, and the bundles: their bytes. */
export async function bundleSizes(core: string) {
  const sizes = [sizeOf({ name: core }, Buffer.from(coreWasmBase64, 'base64'))]
  for (const { name, module, note, external = [] } of entries) {
    // Imports are resolved as in `bench/`.
    const stdin = { contents: module, resolveDir: inProject('bench') }
    sizes.push(sizeOf({ name, note }, await bundleForBrowsers({ stdin, external })))
  }
  return sizes
}

function sizeOf(named: Named, bytes: Uint8Array) {
  const [gzip, brotli] = [gzipSync(bytes), brotliCompressSync(bytes)]
  return { named, raw: bytes.length, gzip: gzip.length, brotli: brotli.length }
}
