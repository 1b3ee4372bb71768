/** How large packages are for users who bundle them for browsers. */

import { brotliCompressSync, gzipSync } from 'node:zlib'
import { bundleForBrowsers } from '../../scripts/bundle.ts'
import { coreWasmBase64 } from '../../src/ffi/core-wasm.gen.ts'
import { inProject } from './programs.ts'

/** Bytes. */
export interface Size {
  readonly raw: number
  readonly gzip: number
  readonly brotli: number
}

/** What is bundled, with all it needs. */
export interface BundleEntry {
  readonly name: string
  /** An ES module whose imports are resolved as in `bench/`. */
  readonly module: string
  /** Modules of Node that it imports, which are left out. */
  readonly external?: string[]
}

export const bundleEntries: readonly BundleEntry[] = [
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
    external: ['events'],
  },
]

/** Bundled for browsers. */
export async function bundleSize({ module, external }: BundleEntry): Promise<Size> {
  const stdin = { contents: module, resolveDir: inProject('bench') }
  return sizeOf(await bundleForBrowsers({ stdin, ...(external && { external }) }))
}

/** The core alone. */
export function wasmSize(): Size {
  return sizeOf(Buffer.from(coreWasmBase64, 'base64'))
}

function sizeOf(bytes: Uint8Array): Size {
  const [gzip, brotli] = [gzipSync(bytes), brotliCompressSync(bytes)]
  return { raw: bytes.byteLength, gzip: gzip.byteLength, brotli: brotli.byteLength }
}
