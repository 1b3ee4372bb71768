/** Both builds of the core under Node.js, Bun and Deno: the same program prints the same. */

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, expect, test } from 'vitest'

import type { Runtime } from '../support/runtimes.ts'
import { bun, deno, nodejs, testWith } from '../support/runtimes.ts'
import { describeAddon } from './addon-file.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
const program = fileURLToPath(new URL('runtime-check.ts', import.meta.url))

const others: readonly (readonly [Runtime, readonly string[]])[] = [
  [bun, ['run', '--no-install']],
  [deno, ['run', '-A', '--no-lock', '--cached-only']],
]

/** What the program prints in a runtime. */
async function output({ executable }: Runtime, args: readonly string[]): Promise<unknown> {
  const { stdout } = await run(executable, [...args, program], { cwd: root })
  return JSON.parse(stdout)
}

describeAddon('native and WebAssembly', () => {
  let expected: { readonly wasm: readonly unknown[]; readonly native: readonly unknown[] }

  beforeAll(async () => {
    expected = (await output(nodejs, ['--import', 'tsx'])) as typeof expected
  })

  test('give the same under Node.js', () => {
    expect(expected.native).toEqual(expected.wasm)
    expect(expected.wasm).toContain('1234')
    expect(expected.wasm).toContain(String(2n ** 256n - 1n))
    expect(expected.wasm).toContain('INVALID_SNAPSHOT')
  })

  for (const [runtime, args] of others) {
    const title = `give under ${runtime.name} what they give under Node.js`
    testWith(runtime, title, async () => {
      expect(await output(runtime, args)).toEqual(expected)
    })
  }
})
