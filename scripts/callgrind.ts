/**
 * Counts the instructions and allocations of a program's operations with callgrind. The program
 * asks for one profile an operation, named `NAME, N times`, as `core/cost/main.zig` does; counted is
 * what runs inside functions of the C ABI. Knows nothing of limits.
 */

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { ScriptError } from './project.ts'

/** Totals of doing one operation so many times. */
export interface Cost {
  readonly times: number
  /** Without those of the allocator, which is another one wherever the core is used. */
  readonly instructions: number
  /** Calls of malloc and its kin. */
  readonly allocations: number
}

/** Costs by the name of the operation, in the order they were counted. */
export type Costs = Readonly<Record<string, Cost>>

const valgrind = 'valgrind'

/** Functions of the C ABI begin so; a profile collects only while one of them runs. */
const counted = ['state_manager_*', 'fork_backend_*', 'forkstate_*']

const allocating: ReadonlySet<string> = new Set([
  'aligned_alloc',
  'calloc',
  'malloc',
  'memalign',
  'posix_memalign',
  'realloc',
])
const allocator: ReadonlySet<string> = new Set([...allocating, 'free', 'malloc_usable_size'])

/** Why instructions cannot be counted here; undefined if they can. */
export function whyNotCountable(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return 'the program that is counted is for Linux on x64'
  }
  return spawnSync(valgrind, ['--version']).status === 0 ? undefined : 'valgrind is absent'
}

/**
 * Runs the program under callgrind.
 *
 * @throws ScriptError if the program fails or leaves no profiles.
 */
export function countCosts(program: string): Costs {
  const folder = mkdtempSync(path.join(tmpdir(), 'forkstate-cost-'))
  try {
    runCallgrind(program, folder)
    return readCosts(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function runCallgrind(program: string, folder: string): void {
  const args = ['--tool=callgrind', '--callgrind-out-file=profile', '--dump-line=no']
  args.push('--compress-strings=no', '--compress-pos=no')
  args.push(...counted.map((pattern) => `--toggle-collect=${pattern}`))
  const { status, signal, stderr, error } = spawnSync(valgrind, [...args, program], {
    // Neither a personal .valgrindrc nor the size of the environment may matter.
    cwd: folder,
    env: { PATH: process.env['PATH'] },
    encoding: 'utf8',
  })
  if (error) throw new ScriptError(`cannot run valgrind: ${error.message}`)
  if (status !== 0) {
    throw new ScriptError(`${program} under valgrind: exit ${status ?? signal}\n${stderr}`)
  }
}

function readCosts(folder: string): Costs {
  // Profiles that were asked for are numbered; the one written at the end has no number.
  const numbers = readdirSync(folder)
    .map((name) => Number(/^profile\.(\d+)$/.exec(name)?.[1]))
    .filter((number) => Number.isInteger(number))
    .sort((a, b) => a - b)
  if (numbers.length === 0) throw new ScriptError('callgrind wrote no profiles')
  return Object.fromEntries(
    numbers.map((number) =>
      readProfile(readFileSync(path.join(folder, `profile.${number}`), 'utf8')),
    ),
  )
}

/**
 * Name and cost of the operation that a profile in callgrind's format is of.
 *
 * @throws ScriptError if it has no name, or nothing was counted.
 */
export function readProfile(profile: string): readonly [name: string, cost: Cost] {
  const [, name, times] = /^desc: Trigger: Client Request: (.*), (\d+) times$/m.exec(profile) ?? []
  if (name === undefined) throw new ScriptError('a profile without the name of its operation')
  const total = Number(/^totals: (\d+)$/m.exec(profile)?.[1] ?? 0)
  const inAllocator = readAllocator(profile.split('\n'))
  const instructions = total - inAllocator.instructions
  if (!(instructions > 0)) throw new ScriptError(`no instruction was counted: ${name}`)
  return [name, { times: Number(times), instructions, allocations: inAllocator.allocations }]
}

/** What calls of the allocator cost, and how many allocate; not those it makes itself. */
function readAllocator(lines: readonly string[]): Omit<Cost, 'times'> {
  let caller = ''
  let callee = ''
  let instructions = 0
  let allocations = 0
  lines.forEach((line, index) => {
    const [, key, value = ''] = /^(fn|cfn|calls)=(.*)$/.exec(line) ?? []
    if (key === 'fn') caller = functionName(value)
    if (key === 'cfn') callee = functionName(value)
    if (key !== 'calls' || !allocator.has(callee) || allocator.has(caller)) return
    // The next line is a position and all that ran inside the calls.
    instructions += Number(lines[index + 1]?.split(' ')[1])
    if (allocating.has(callee)) allocations += Number.parseInt(value, 10)
  })
  return { instructions, allocations }
}

/** Without the mark that callgrind gives recursive calls. */
function functionName(name: string): string {
  return name.replace(/'\d+$/, '')
}
