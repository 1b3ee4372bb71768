/** Bundles a program of these tests, so that starting it many times takes little each. */

import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'

/** Packages with native code or many files stay where they are, wherever the bundle is. */
const packagesInPlace: Plugin = {
  name: 'packages-in-place',
  setup(context) {
    context.onResolve({ filter: /^(lmdb|ioredis)$/ }, ({ path: name }) => {
      return { path: import.meta.resolve(name), external: true }
    })
  },
}

/** Writes the program to a folder; resolves with the path of what to run. */
export async function bundleProgram(name: string, folder: string): Promise<string> {
  const file = path.join(folder, `${path.parse(name).name}.mjs`)
  await build({
    entryPoints: [fileURLToPath(new URL(name, import.meta.url))],
    outfile: file,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'error',
    plugins: [packagesInPlace],
  })
  return file
}
