/** The C example, built against the header and the shared library, and run: plainly, and under
 * valgrind with the library that has safety checks. */

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

import { temporaryFolder } from './addon-file.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const include = join(root, 'core', 'include')
const example = join(root, 'core', 'examples', 'fork.c')
const header = join(include, 'forkstate.h')
const library = join(root, 'zig-out', 'lib', 'libforkstate.so')
const debugLibrary = join(root, 'zig-out', 'lib-debug', 'libforkstate.so')

const WARNINGS = ['-Wall', '-Wextra', '-Wpedantic', '-Wshadow', '-Wconversion', '-Werror']
const MEMCHECK = [
  '--leak-check=full',
  '--show-leak-kinds=all',
  '--errors-for-leak-kinds=all',
  '--error-exitcode=9',
]

/** Why a test cannot run here, if it cannot. */
function lack(programs: readonly string[], files: readonly string[]): string | undefined {
  for (const program of programs) {
    if (spawnSync(program, ['--version']).error !== undefined) return `no ${program}`
  }
  const missing = files.find((file) => !existsSync(file))
  return missing === undefined ? undefined : `no ${missing}: npm run core`
}

/** Runs a program, and shows what it wrote if its exit code is not 0. */
function run(program: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  expect(status, `${program} ${args.join(' ')}\n${stdout}${stderr}`).toBe(0)
  return stdout
}

/** The path of the example, linked with a library. */
function build(linked: string): string {
  const program = join(temporaryFolder(), 'fork')
  const libraries = [linked, `-Wl,-rpath,${dirname(linked)}`]
  run('gcc', ['-std=c11', '-g', ...WARNINGS, `-I${include}`, example, ...libraries, '-o', program])
  return program
}

function testWith(
  title: string,
  needs: { readonly programs: readonly string[]; readonly files: readonly string[] },
  body: () => void,
): void {
  const reason = lack(needs.programs, needs.files)
  if (reason === undefined) test(title, body)
  else test.skip(`${title} (${reason})`, body)
}

describe.skipIf(process.platform !== 'linux')('the C interface', () => {
  testWith('the example runs as documented', { programs: ['gcc'], files: [library] }, () => {
    const story = run(build(library), [])
    expect(story).toContain('fork: alice has 1000 wei')
    expect(story.trimEnd().endsWith('all as expected')).toBe(true)
  })

  const memcheck = { programs: ['gcc', 'valgrind'], files: [debugLibrary] }
  testWith('the example has no error and no leak under valgrind', memcheck, () => {
    const story = run('valgrind', [...MEMCHECK, build(debugLibrary)])
    expect(story.trimEnd().endsWith('all as expected')).toBe(true)
  })

  testWith('the header is C++ too', { programs: ['g++'], files: [header] }, () => {
    run('g++', ['-std=c++17', '-x', 'c++', '-fsyntax-only', ...WARNINGS, header])
  })
})
