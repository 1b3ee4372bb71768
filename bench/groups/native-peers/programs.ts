/** Builds and runs programs that do the same work without JavaScript, from `bench/native`. */

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { LeftOut } from '../../kit/group.ts'
import { inProject } from '../../kit/programs.ts'

export interface Program {
  readonly file: string
  readonly isQuicklyBuilt?: true
  /** What must be there besides the compiler, and what makes it. */
  readonly needs?: { readonly file: string; readonly from: string }
  readonly folder: string
  readonly build: readonly string[]
}

export interface Done {
  /** Of the whole state, after a round and when it was restored. */
  readonly digest: string
  /** Of one operation, one a round. */
  readonly nanoseconds: readonly number[]
}

const built = inProject('bench/native/.build')
const library = inProject('zig-out/lib/libforkstate.so')
const ownFile = path.join(built, 'forkstate-peer')
const gethFile = path.join(built, 'geth-peer')

export const forkstate: Program = {
  file: ownFile,
  isQuicklyBuilt: true,
  needs: { file: library, from: 'npm run core' },
  folder: 'c',
  build: [
    ...['gcc', '-std=c11', '-D_POSIX_C_SOURCE=200809L', '-O2', '-Wall', '-Wextra', '-Werror'],
    ...[`-I${inProject('zig-out/include')}`, 'main.c', library],
    ...[`-Wl,-rpath,${path.dirname(library)}`, '-o', ownFile],
  ],
}

export const revm: Program = rustProgram('revm-peer')
export const forkDb: Program = rustProgram('fork-db-peer')
export const geth: Program = {
  file: gethFile,
  folder: 'go',
  build: ['go', 'build', '-trimpath', '-o', gethFile, '.'],
}

function rustProgram(name: string): Program {
  const target = path.join(built, 'rust')
  const choice = ['--release', '--locked', '-p', name, '--target-dir', target]
  const file = path.join(target, 'release', name)
  return { file, folder: 'rust', build: ['cargo', 'build', ...choice] }
}

/** @throws LeftOut if it cannot be built here. */
export function build({ file, needs, folder, build: [compiler = '', ...args] }: Program): void {
  if (needs && !existsSync(needs.file)) throw new LeftOut(`no ${needs.file}: ${needs.from}`)
  mkdirSync(built, { recursive: true })
  rmSync(file, { force: true })
  const cwd = inProject(`bench/native/${folder}`)
  const { error, status, stderr } = spawnSync(compiler, args, { cwd, encoding: 'utf8' })
  if (error !== undefined) throw new LeftOut(`${compiler} is not installed`)
  if (status !== 0) throw new LeftOut(`${compiler} failed: ${stderr.trimEnd().slice(-500)}`)
}

export function isBuilt({ file }: Program): boolean {
  return existsSync(file)
}

/** @param order Subject, workload, size, accounts, calls and rounds. */
export function run({ file }: Program, order: readonly (string | number)[]): Done {
  const { status, stdout, stderr } = spawnSync(file, order.map(String), { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${file} ${order.join(' ')}: ${stderr}`)
  return JSON.parse(stdout) as Done
}
