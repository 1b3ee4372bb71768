/** Both builds of the core under Node, Bun and Deno: the same program prints the same. */

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, expect, test } from 'vitest'

import { describeAddon } from './addon-file.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
const program = fileURLToPath(new URL('runtime-check.ts', import.meta.url))

interface Runtime {
  readonly name: string
  /** The program that npm installed. */
  readonly bin: string
  readonly args: readonly string[]
}

const runtimes: readonly Runtime[] = [
  { name: 'Bun', bin: 'bun', args: ['run', '--no-install'] },
  { name: 'Deno', bin: 'deno', args: ['run', '-A', '--no-lock', '--cached-only'] },
]

/** What the program prints in a runtime. */
async function output(bin: string, args: readonly string[]): Promise<unknown> {
  const file = join(root, 'node_modules', '.bin', bin)
  const { stdout } = await run(file, [...args, program], { cwd: root })
  return JSON.parse(stdout)
}

describeAddon('native and WebAssembly', () => {
  let expected: { readonly wasm: readonly unknown[]; readonly native: readonly unknown[] }

  beforeAll(async () => {
    expected = (await output('tsx', [])) as typeof expected
  })

  test('give the same under Node', () => {
    expect(expected.native).toEqual(expected.wasm)
    expect(expected.wasm).toContain('1234')
    expect(expected.wasm).toContain(String(2n ** 256n - 1n))
    expect(expected.wasm).toContain('INVALID_SNAPSHOT')
  })

  for (const { name, bin, args } of runtimes) {
    const isInstalled = existsSync(join(root, 'node_modules', '.bin', bin))
    test.skipIf(!isInstalled)(`give under ${name} what they give under Node`, async () => {
      expect(await output(bin, args)).toEqual(expected)
    })
  }
})
