/**
 * Checks the size of what users download: the WebAssembly core, and the entry `forkstate` bundled
 * and minified for browsers, including the core. Bundling for browsers also shows that the entry
 * does not need Node.js.
 */

import { brotliCompressSync, gzipSync } from 'node:zlib'
import { coreWasmBase64 } from '../src/ffi/core-wasm.gen.ts'
import { bundleForBrowsers } from './bundle.ts'
import { inProject, runScript, ScriptError } from './project.ts'

const kib = 1024

interface Size {
  readonly name: string
  readonly bytes: number
  readonly maxBytes: number
}

await runScript(async () => {
  const wasm = Buffer.from(coreWasmBase64, 'base64')
  const main = await bundleForBrowsers({ entryPoints: [inProject('src/index.ts')] })
  const sizes: readonly Size[] = [
    { name: 'wasm', bytes: wasm.byteLength, maxBytes: 93 * kib },
    { name: 'wasm, gzip', bytes: gzipSync(wasm).byteLength, maxBytes: 38 * kib },
    { name: 'wasm, Brotli', bytes: brotliCompressSync(wasm).byteLength, maxBytes: 32 * kib },
    // More than half of it is the core as text.
    { name: 'forkstate, gzip', bytes: gzipSync(main).byteLength, maxBytes: 120 * kib },
  ]
  for (const { name, bytes, maxBytes } of sizes) {
    console.log(`${name.padEnd(16)} ${String(bytes).padStart(7)} of ${maxBytes} bytes`)
  }
  const large = sizes.filter(({ bytes, maxBytes }) => bytes > maxBytes).map(({ name }) => name)
  if (large.length > 0) throw new ScriptError(`over the limit: ${large.join('; ')}`)
})
