/**
 * Programs that the tests of stores need and the project does not bring: found on this machine, or
 * the tests that need them are shown as skipped. They end with the tests, in whatever way that is.
 */

import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** The path of the first of these programs that is installed; undefined if none is. */
export function findProgram(...names: readonly string[]): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter)
  const files = names.flatMap((name) => folders.map((folder) => path.join(folder, name)))
  return files.find((file) => {
    try {
      accessSync(file, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

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
  const watched = { pid: child.pid, folder: undefined }
  tellGuardian({ watch: true, ...watched })
  void ended.then(() => tellGuardian({ watch: false, ...watched }))
  return {
    child,
    ended,
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

interface GuardianMessage {
  readonly watch: boolean
  readonly pid: number | undefined
}

let guardian: ChildProcess | undefined

function tellGuardian(message: GuardianMessage): void {
  guardian ??= startGuardian()
  guardian.stdin?.write(`${JSON.stringify(message)}\n`)
}

function startGuardian(): ChildProcess {
  const script = fileURLToPath(new URL('../support/guardian.mjs', import.meta.url))
  const stdio = ['pipe', 'ignore', 'ignore'] as const
  const child = spawn(process.execPath, [script], { detached: true, stdio: [...stdio] })
  child.unref()
  ;(child.stdin as { unref?: () => void } | null)?.unref?.()
  return child
}
