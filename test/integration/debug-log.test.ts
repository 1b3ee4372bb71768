/** `DEBUG=forkstate:*` in processes of their own, under each runtime. */

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect } from 'vitest'

import type { Runtime } from '../support/runtimes.ts'
import { bun, deno, nodejs, testWith } from '../support/runtimes.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
const program = fileURLToPath(new URL('debug-log-program.ts', import.meta.url))
const DENO = ['run', '--no-lock', '--cached-only', '--no-prompt', '--allow-read']

interface Case {
  readonly runtime: Runtime
  readonly args: readonly string[]
  readonly rights?: string
  readonly showsEnvironment: boolean
}

const cases: readonly Case[] = [
  { runtime: nodejs, args: ['--import', 'tsx'], showsEnvironment: true },
  { runtime: bun, args: ['run', '--no-install'], showsEnvironment: true },
  { runtime: deno, args: [...DENO, '--allow-env=DEBUG'], showsEnvironment: true },
  { runtime: deno, args: DENO, rights: 'without permission', showsEnvironment: false },
]

/** What the program prints, with `DEBUG` as given. */
async function outputOf({ runtime, args }: Case, debug: string | undefined) {
  const env = { ...process.env, DEBUG: debug, NO_COLOR: '1' }
  const { stdout, stderr } = await run(runtime.executable, [...args, program], { cwd: root, env })
  const lines = stderr.split('\n').filter((line) => line.includes('forkstate'))
  return { stdout: stdout.trim(), lines: lines.map((line) => line.replace(/\d+ms$/, 'Nms')) }
}

for (const each of cases) {
  const { runtime, rights = 'with permission', showsEnvironment } = each
  testWith(runtime, `${runtime.name} ${rights} logs what is asked for, to stderr`, async () => {
    const [all, fork, none] = await Promise.all([
      outputOf(each, 'other:*,forkstate:*'),
      outputOf(each, 'forkstate:*,-forkstate:rpc'),
      outputOf(each, undefined),
    ])
    for (const { stdout } of [all, fork, none]) expect(stdout).toBe('PIN_FAILED')
    expect(none.lines).toEqual([])
    if (!showsEnvironment) {
      expect([...all.lines, ...fork.lines]).toEqual([])
      return
    }
    expect(fork.lines).toEqual([expect.stringMatching(/^forkstate:fork pin-failed .* \+Nms$/)])
    expect(all.lines).toContain(fork.lines[0])
    expect(all.lines.filter((line) => line.startsWith('forkstate:rpc request-sent '))).toHaveLength(
      1,
    )
    expect(all.lines.join('\n')).not.toContain('SECRET')
  })
}
