/** A real headless Chromium for tests, showing pages served from this machine. */

import { createServer } from 'node:http'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { findProgram } from './find-program.ts'

/** The browser, if it is installed. */
export const chromiumProgram: string | undefined = findProgram(
  'chromium',
  'chromium-browser',
  'google-chrome',
)

/** Arguments that start as little as possible besides the page. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** A served file. */
export interface SiteFile {
  readonly type: string
  readonly body: string | Uint8Array
}

/** A browser and the server of its pages. */
export interface SiteBrowser {
  readonly origin: string
  /** Loads a page. `path` follows the origin. */
  newPage(path?: string): Promise<Page>
  /** A page that shares no storage with the others. */
  newPageApart(path?: string): Promise<Page>
  stop(): Promise<void>
}

/** Serves files by their path, and starts a browser that shows them. */
export async function startChromium(files: ReadonlyMap<string, SiteFile>): Promise<SiteBrowser> {
  if (chromiumProgram === undefined) throw new Error('chromium is not installed')
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://site')
    const file = files.get(pathname)
    if (file === undefined) response.writeHead(404).end()
    else response.writeHead(200, { 'content-type': file.type }).end(file.body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { readonly port: number }
  const origin = `http://127.0.0.1:${port}`
  const browser = await chromium.launch({ executablePath: chromiumProgram, args: FLAGS })
  const shared = await browser.newContext()
  const pageIn = async (context: BrowserContext, path = '/'): Promise<Page> => {
    const page = await context.newPage()
    await page.goto(`${origin}${path}`)
    return page
  }
  return {
    origin,
    newPage: (path) => pageIn(shared, path),
    newPageApart: async (path) => pageIn(await browser.newContext(), path),
    async stop() {
      await browser.close()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
