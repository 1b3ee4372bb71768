/** The JavaScript runtimes that npm installed, and tests that need one of them. */

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { test } from 'vitest'

export interface Runtime {
  readonly name: string
  readonly executable: string
}

/** The runtime that runs the tests. */
export const nodejs: Runtime = { name: 'Node.js', executable: process.execPath }
export const bun: Runtime = { name: 'Bun', executable: installed('bun/bin/bun.exe') }
export const deno: Runtime = {
  name: 'Deno',
  executable: installed(process.platform === 'win32' ? 'deno/deno.exe' : 'deno/deno'),
}

/** As `test`, but shown as skipped if the runtime is absent or does not run. */
export function testWith(runtime: Runtime, title: string, body: () => Promise<void>): void {
  const { status } = spawnSync(runtime.executable, ['--version'])
  if (status === 0) test(title, body)
  else test.skip(`${title} (no ${runtime.name})`, body)
}

function installed(file: string): string {
  return fileURLToPath(new URL(`../../node_modules/${file}`, import.meta.url))
}
