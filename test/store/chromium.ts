/** A real headless Chromium for tests, showing a page of this machine. */

import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { findProgram } from './programs.ts'

/** The browser, if it is installed. */
export const chromiumProgram: string | undefined = findProgram(
  'chromium',
  'chromium-browser',
  'google-chrome',
)

/** Starts as little as possible besides the page. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** A browser and where its pages come from. */
export interface ScriptBrowser {
  readonly origin: string
  /** A page in which the script has run. */
  newPage(): Promise<Page>
  /** One that shares no storage with the others. */
  newPageApart(): Promise<Page>
  stop(): Promise<void>
}

/** Serves an empty page with one script, bundled from a file of this folder. */
export async function startChromium(script: string): Promise<ScriptBrowser> {
  if (chromiumProgram === undefined) throw new Error('chromium is not installed')
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(script, import.meta.url))],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'chrome111',
    logLevel: 'error',
  })
  const text = outputFiles[0]?.text ?? ''
  const server = createServer((request, response) => {
    const isScript = request.url === '/script.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    response.end(isScript ? text : '<!doctype html><script src="/script.js"></script>')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { readonly port: number }
  const origin = `http://127.0.0.1:${port}`
  const browser = await chromium.launch({ executablePath: chromiumProgram, args: FLAGS })
  const shared = await browser.newContext()
  const pageIn = async (context: BrowserContext): Promise<Page> => {
    const page = await context.newPage()
    await page.goto(origin)
    return page
  }
  return {
    origin,
    newPage: () => pageIn(shared),
    newPageApart: async () => pageIn(await browser.newContext()),
    async stop() {
      await browser.close()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
