/**
 * Programs that do the same work without JavaScript: forkstate's native library called from C, and
 * its peers in Rust and Go. Their sources are in `bench/native`; this builds and runs them.
 */

import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { LeftOut } from '../../kit/group.ts'
import { inProject } from '../../kit/programs.ts'

/** A program, and how it is made. */
export interface Program {
  readonly name: string
  /** Whether it is built in moments, so that a quick run does it, too. */
  readonly isQuicklyBuilt?: true
  /** What must be there besides the compiler, and what makes it. */
  readonly needs?: { readonly file: string; readonly from: string }
  /** Of its sources, in `bench/native`. */
  readonly folder: string
  /** The compiler and its arguments. */
  readonly build: readonly string[]
  /** Where the compiler puts it, if not among the built programs. */
  readonly output?: string
}

/** What a program is to do. */
interface Order {
  readonly subject: string
  readonly workload: string
  readonly size: number
  readonly accounts: number
  readonly calls: number
  readonly rounds: number
}

/** What it did. */
export interface Done {
  /** Of the whole state, after a round and when it was restored. */
  readonly digest: string
  /** Of one operation, one a round. */
  readonly nanoseconds: readonly number[]
}

const built = inProject('bench/native/.build')
const library = inProject('zig-out/lib/libforkstate.so')

export const forkstate: Program = {
  name: 'forkstate-peer',
  isQuicklyBuilt: true,
  needs: { file: library, from: 'npm run core' },
  folder: 'c',
  build: [
    ...['gcc', '-std=c11', '-D_POSIX_C_SOURCE=200809L', '-O2', '-Wall', '-Wextra', '-Werror'],
    ...[`-I${inProject('zig-out/include')}`, 'main.c', library],
    ...[`-Wl,-rpath,${path.dirname(library)}`, '-o', path.join(built, 'forkstate-peer')],
  ],
}

export const revm: Program = rustProgram('revm-peer')
export const forkDb: Program = rustProgram('fork-db-peer')

export const geth: Program = {
  name: 'geth-peer',
  folder: 'go',
  build: ['go', 'build', '-trimpath', '-o', path.join(built, 'geth-peer'), '.'],
}

function rustProgram(name: string): Program {
  const target = path.join(built, 'rust')
  const choice = ['--release', '--locked', '-p', name, '--target-dir', target]
  const output = path.join(target, 'release', name)
  return { name, folder: 'rust', build: ['cargo', 'build', ...choice], output }
}

/**
 * Builds a program anew from its sources; what did not change is the compiler's to know.
 *
 * @throws LeftOut if it cannot be built here.
 */
export function build(program: Program): void {
  const { needs, folder, output } = program
  if (needs && !existsSync(needs.file)) throw new LeftOut(`no ${needs.file}: ${needs.from}`)
  mkdirSync(built, { recursive: true })
  rmSync(placeOf(program), { force: true })
  const [compiler = '', ...words] = program.build
  const cwd = inProject(`bench/native/${folder}`)
  const { error, status, stderr } = spawnSync(compiler, words, { cwd, encoding: 'utf8' })
  if (error !== undefined) throw new LeftOut(`${compiler} is not installed`)
  if (status !== 0) throw new LeftOut(`${compiler} failed: ${stderr.trimEnd().slice(-500)}`)
  if (output !== undefined) copyFileSync(output, placeOf(program))
}

export function isBuilt(program: Program): boolean {
  return existsSync(placeOf(program))
}

/** Runs a built program in a process of its own. @throws Error if it fails. */
export function run(program: Program, order: Order): Done {
  const { subject, workload, size, accounts, calls, rounds } = order
  const words = [subject, workload, ...[size, accounts, calls, rounds].map(String)]
  const { status, stdout, stderr } = spawnSync(placeOf(program), words, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program.name} ${words.join(' ')}: ${stderr}`)
  return JSON.parse(stdout) as Done
}

function placeOf({ name }: Program): string {
  return path.join(built, name)
}
