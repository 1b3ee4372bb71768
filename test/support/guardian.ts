/**
 * Registers child processes and folders that must not outlive this process with the guardian: a
 * separate process that is started with the first message and works even if this one is killed.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** What to watch, or to stop watching. */
export interface GuardianMessage {
  readonly watch: boolean
  /** Absent if the child did not start. */
  readonly pid: number | undefined
  /** A folder that is removed when this process ends. */
  readonly folder?: string | undefined
}

let guardian: ChildProcess | undefined

export function notifyGuardian(message: GuardianMessage): void {
  guardian ??= startGuardian()
  guardian.stdin?.write(`${JSON.stringify(message)}\n`)
}

/** Detached, so that Ctrl-C in a terminal does not end it too early. */
function startGuardian(): ChildProcess {
  const script = fileURLToPath(new URL('guardian.mjs', import.meta.url))
  const child = spawn(process.execPath, [script], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  child.unref()
  ;(child.stdin as { unref?: () => void } | null)?.unref?.()
  return child
}
