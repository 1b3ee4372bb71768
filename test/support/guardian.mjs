/**
 * Cleans up after a test process. It reads JSON lines on stdin, each naming child processes and
 * folders to watch or to stop watching. When stdin closes because the parent ended in any way, even
 * by SIGKILL, it kills the processes and removes the folders that are still watched.
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
