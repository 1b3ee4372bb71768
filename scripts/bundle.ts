/** Bundles for browsers. */

import { type BuildOptions, build } from 'esbuild'

/**
 * Bundles an entry for browsers, minified, as an ES module.
 *
 * @throws Error if something in it needs Node.js, or is missing.
 */
export async function bundleForBrowsers(entry: BuildOptions): Promise<Uint8Array> {
  const { outputFiles } = await build({
    ...entry,
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: ['chrome111', 'firefox115', 'safari16.4'],
    logLevel: 'silent',
  })
  const [file] = outputFiles
  if (file === undefined) throw new Error('esbuild wrote no file')
  return file.contents
}
