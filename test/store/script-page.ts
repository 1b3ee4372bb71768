/** A browser that shows an empty page with one script, bundled from a file of this folder. */

import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { type SiteBrowser, startChromium } from '../support/chromium.ts'

/** Bundles the script, and starts a browser for pages in which it has run. */
export async function startScriptBrowser(script: string): Promise<SiteBrowser> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(script, import.meta.url))],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'chrome111',
    logLevel: 'error',
  })
  const page = '<!doctype html><script src="/script.js"></script>'
  return startChromium(
    new Map([
      ['/', { type: 'text/html', body: page }],
      ['/script.js', { type: 'text/javascript', body: outputFiles[0]?.text ?? '' }],
    ]),
  )
}
