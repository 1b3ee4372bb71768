/** Runs jobs in processes of their own: the same bundle, plain JavaScript, in Node and in Bun. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { Row, Runtime, Scale } from './kit/group.ts'
import { BUNDLE, lastLine } from './kit/programs.ts'

export interface Outcome {
  readonly rows: readonly Row[]
  readonly leftOut?: string
}

/** Two folders below the project, as the sources are, so that files beside them are found. */
const built = fileURLToPath(new URL(`.build-${process.pid}/`, import.meta.url))
const NODE_FLAGS = ['--expose-gc', '--max-old-space-size=12288']

export async function buildWorker(): Promise<void> {
  process.once('exit', () => rmSync(built, { recursive: true, force: true }))
  const worker = fileURLToPath(new URL('worker.ts', import.meta.url))
  await build({ ...BUNDLE, entryPoints: [worker], outdir: built, splitting: true })
}

export async function runJob(
  runtime: Runtime,
  group: string,
  job: string,
  { isQuick }: Scale,
): Promise<Outcome> {
  const [program, ...flags] = commandOf(runtime)
  if (program === undefined) return { rows: [], leftOut: `${runtime} is not installed` }
  const args = [...flags, `${built}worker.js`, group, job, ...(isQuick ? ['--quick'] : [])]
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'close')])
  if (code !== 0) throw new Error(`${group}, ${job}: the process ended with ${code}\n${output}`)
  return lastLine(output) as Outcome
}

/** A program and its flags; nothing if it is not installed. */
function commandOf(runtime: Runtime): readonly string[] {
  if (runtime === 'Node') return [process.execPath, ...NODE_FLAGS]
  try {
    return [createRequire(import.meta.url).resolve('bun/bin/bun.exe')]
  } catch {
    return []
  }
}
