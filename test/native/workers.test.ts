/** The addon in worker threads: a frame each, in parallel, and nothing left when one ends. */

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'

import { STATE_MANAGER_ERROR_INVALID_HANDLE, STATE_MANAGER_SUCCESS } from '../../src/ffi/abi.gen.ts'
import { loadNative } from '../../src/native.ts'
import { describeAddon } from './addon-file.ts'
import type { WorkerReport, WorkerTask } from './worker.ts'

const WORKERS = 4
const ROUNDS = 200
const ALL_RIGHT: WorkerReport = { operations: ROUNDS * 155, wrong: 0 }

interface Running {
  readonly worker: Worker
  /** Its manager that nobody destroys. */
  readonly handle: number
  /** The last of its reports, once it has exited. */
  readonly lastReport: Promise<WorkerReport | undefined>
}

async function start(task: WorkerTask): Promise<Running> {
  const entry = new URL('worker-entry.mjs', import.meta.url)
  const worker = new Worker(entry, { workerData: task, execArgv: [] })
  onTestFinished(async () => void (await worker.terminate()))
  const reports: WorkerReport[] = []
  worker.on('message', (report: WorkerReport) => reports.push(report))
  const exited = once(worker, 'exit')
  await Promise.race([once(worker, 'message'), exited])
  const [first] = reports
  if (first === undefined || !('handle' in first)) throw new Error('the worker did not start')
  return { worker, handle: first.handle, lastReport: exited.then(() => reports.at(-1)) }
}

/** The status of using a manager of whatever thread. */
async function use(handle: number): Promise<number> {
  const { functions, frame } = await loadNative()
  return functions.state_manager_stats(handle, frame)
}

describeAddon('worker threads', () => {
  test('work in parallel on frames of their own, and their handles go with them', async () => {
    await loadNative()
    const seeds = Array.from({ length: WORKERS }, (_, index) => index + 1)
    const workers = await Promise.all(seeds.map((seed) => start({ seed, rounds: ROUNDS })))
    expect(new Set(workers.map(({ handle }) => handle)).size).toBe(WORKERS)
    for (const { handle, lastReport } of workers) {
      expect(await lastReport).toEqual(ALL_RIGHT)
      expect(await use(handle)).toBe(STATE_MANAGER_ERROR_INVALID_HANDLE)
    }
  })

  test('one that is ended in the middle of its work leaves the others as they are', async () => {
    await loadNative()
    const endless = await start({ seed: 1 })
    const other = await start({ seed: 2, rounds: ROUNDS })
    expect(await use(endless.handle)).toBe(STATE_MANAGER_SUCCESS)
    await endless.worker.terminate()
    expect(await use(endless.handle)).toBe(STATE_MANAGER_ERROR_INVALID_HANDLE)
    expect(await other.lastReport).toEqual(ALL_RIGHT)
  })
})
