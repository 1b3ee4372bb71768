/** Runs TypeScript programs in a separate Node.js process, as a user would, for tests. */

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const TIMEOUT_MS = 50_000
const MAX_OUTPUT_BYTES = 2 ** 24

/** How a program ended. */
export interface Outcome {
  /** The exit code; -1 if it was killed. */
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a file of the project; `path` is relative to the project. */
export function runFile(
  path: string,
  args: readonly string[] = [],
  timeoutMs: number = TIMEOUT_MS,
): Promise<Outcome> {
  return run([`${ROOT}${path}`, ...args], timeoutMs)
}

/** Runs the text of an ES module in JavaScript; its imports are resolved as in the project. */
export function runText(module: string): Promise<Outcome> {
  return run(['--input-type=module', '--eval', module])
}

function run(args: readonly string[], timeout: number = TIMEOUT_MS): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { cwd: ROOT, timeout, maxBuffer: MAX_OUTPUT_BYTES }
    const child = execFile(
      process.execPath,
      ['--import', 'tsx', ...args],
      options,
      (_error, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    )
  })
}
