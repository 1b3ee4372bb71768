/**
 * The paths of the project, and how scripts run programs and write files. Contains nothing that
 * belongs to a single script.
 */

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const projectRoot = fileURLToPath(new URL('..', import.meta.url))

/** Absolute path of a file or folder in the project. */
export function inProject(...parts: readonly string[]): string {
  return path.join(projectRoot, ...parts)
}

/** A failure that a script can explain. It is printed without a stack. */
export class ScriptError extends Error {
  override readonly name = 'ScriptError'
}

/** Runs `main` as a program. If it throws, prints the error and sets exit code 1. */
export async function runScript(main: () => void | Promise<void>): Promise<void> {
  try {
    await main()
  } catch (error) {
    console.error(error instanceof ScriptError ? error.message : error)
    process.exitCode = 1
  }
}

export interface RunOptions {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
}

/**
 * Runs a program with inherited output.
 *
 * @throws ScriptError if it cannot be started or exits with anything but 0.
 */
export function run(program: string, args: readonly string[], options: RunOptions = {}): void {
  const { status, signal, error } = spawnSync(program, args, {
    cwd: options.cwd ?? projectRoot,
    env: options.env ?? process.env,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (error) throw new ScriptError(`cannot run ${program}: ${error.message}`)
  if (status !== 0) {
    throw new ScriptError(`${path.basename(program)} ${args.join(' ')}: exit ${status ?? signal}`)
  }
}

/** Runs a tool from node_modules with the Node.js that runs this script. */
export function runNodeTool(script: string, args: readonly string[], options?: RunOptions): void {
  run(process.execPath, [inProject('node_modules', script), ...args], options)
}

/** Writes a file unless it has this content already. Readers never see a half-written file. */
export function writeIfChanged(file: string, content: string | Uint8Array): 'written' | 'same' {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  if (existsSync(file) && readFileSync(file).equals(bytes)) return 'same'
  mkdirSync(path.dirname(file), { recursive: true })
  const draft = `${file}.${process.pid}.tmp`
  try {
    writeFileSync(draft, bytes)
    renameSync(draft, file)
  } finally {
    rmSync(draft, { force: true })
  }
  return 'written'
}
