/** Programs that the tests of stores start; they end with the tests, in whatever way that is. */

import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { notifyGuardian } from '../support/guardian.ts'

/** A process that does not outlive this one. */
export interface WatchedProcess {
  readonly child: ChildProcess
  /** Kills it (SIGKILL), and resolves when it is gone. */
  kill(): Promise<void>
  /** Resolves with what it ended with. */
  readonly ended: Promise<string>
}

/** Starts a program. It is killed when this process ends, also if that is killed. */
export function startProgram(
  command: string,
  args: readonly string[],
  options: SpawnOptions = {},
): WatchedProcess {
  const child = spawn(command, args, { stdio: 'ignore', ...options })
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, signal) => resolve(String(signal ?? code)))
  })
  const { pid } = child
  notifyGuardian({ watch: true, pid })
  void ended.then(() => notifyGuardian({ watch: false, pid }))
  return {
    child,
    ended,
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
