/**
 * Ends what a test process leaves behind. It reads JSON lines on stdin, each naming child processes
 * and folders to watch or to forget; when stdin closes, because the parent ended in whatever way
 * (also by SIGKILL), it kills the processes and removes the folders still watched.
 */

import { rmSync } from 'node:fs'
import { createInterface } from 'node:readline'

const pids = new Set()
const folders = new Set()

const lines = createInterface({ input: process.stdin })
lines.on('line', (line) => {
  const { watch = true, pid, folder } = JSON.parse(line)
  if (pid !== undefined) watch ? pids.add(pid) : pids.delete(pid)
  if (folder !== undefined) watch ? folders.add(folder) : folders.delete(folder)
})
lines.on('close', () => {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It ended by itself.
    }
  }
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})
