/**
 * Where things are in this project, and how scripts run programs and write files. Holds no logic of
 * any one script.
 */

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const projectRoot = fileURLToPath(new URL('..', import.meta.url))

/** Absolute path of something in the project. */
export function inProject(...parts: readonly string[]): string {
  return path.join(projectRoot, ...parts)
}

/** A script failed in a way it can explain; printed without a stack. */
export class ScriptError extends Error {
  override readonly name = 'ScriptError'
}

/** Runs `main` as a program: a {@link ScriptError} is printed as its message, exit code 1. */
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

/** Runs a tool installed in node_modules under the Node that runs this script. */
export function runNodeTool(script: string, args: readonly string[], options?: RunOptions): void {
  run(process.execPath, [inProject('node_modules', script), ...args], options)
}

/** Writes the file unless it holds exactly this already; readers never see half of it. */
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
