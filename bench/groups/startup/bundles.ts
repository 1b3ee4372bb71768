/** How large packages are for users who bundle them for browsers. */

import { brotliCompressSync, gzipSync } from 'node:zlib'
import { bundleForBrowsers } from '../../../scripts/bundle.ts'
import { coreWasmBase64 } from '../../../src/ffi/core-wasm.gen.ts'
import type { Named } from '../../kit/group.ts'
import { inProject } from '../../kit/programs.ts'

/** What is bundled, with all it needs. */
interface BundleEntry {
  readonly name: string
  /** An ES module whose imports are resolved as in `bench/`. */
  readonly module: string
  /** A module of Node that it imports, which is left out. */
  readonly external?: string
}

const entries: readonly BundleEntry[] = [
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
    external: 'events',
  },
]

/** Bytes. */
export interface Sized extends Named {
  readonly raw: number
  readonly gzip: number
  readonly brotli: number
}

/** The core alone, by this name, and the bundles. */
export async function bundleSizes(core: string): Promise<readonly Sized[]> {
  const sizes = [sizeOf({ name: core }, Buffer.from(coreWasmBase64, 'base64'))]
  for (const { name, module, external } of entries) {
    const stdin = { contents: module, resolveDir: inProject('bench') }
    const bundle = await bundleForBrowsers({ stdin, ...(external && { external: [external] }) })
    const note = external && `without \`${external}\`, of Node, which it imports`
    sizes.push(sizeOf({ name, note }, bundle))
  }
  return sizes
}

function sizeOf(named: Named, bytes: Uint8Array): Sized {
  const [gzip, brotli] = [gzipSync(bytes), brotliCompressSync(bytes)]
  return { ...named, raw: bytes.length, gzip: gzip.length, brotli: brotli.length }
}
