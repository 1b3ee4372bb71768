/** A folder with an `index.html`, as Vite bundles it for browsers. */

import { fileURLToPath } from 'node:url'
import { build, type Rollup } from 'vite'
import type { SiteFile } from '../support/chromium.ts'

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html',
  js: 'text/javascript',
  wasm: 'application/wasm',
}

/** Builds a folder of the project with the settings Vite has by itself. @returns Files by path. */
export async function buildSite(folder: string): Promise<ReadonlyMap<string, SiteFile>> {
  const built = (await build({
    root: fileURLToPath(new URL(`../../${folder}`, import.meta.url)),
    configFile: false,
    logLevel: 'error',
    build: { write: false },
  })) as Rollup.RollupOutput
  const files = built.output.map((file): [string, SiteFile] => {
    const type = TYPES[file.fileName.split('.').at(-1) ?? ''] ?? 'application/octet-stream'
    return [`/${file.fileName}`, { type, body: file.type === 'chunk' ? file.code : file.source }]
  })
  return new Map(
    files.flatMap(([path, file]) => {
      return path === '/index.html'
        ? [
            [path, file],
            ['/', file],
          ]
        : [[path, file]]
    }),
  )
}
