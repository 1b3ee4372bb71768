/**
 * Runs jobs in processes of their own, each with the same flags. The code is bundled once, so that
 * what runs is plain JavaScript, the same file in Node and in Bun.
 */

import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

import type { Row, Runtime } from './kit/group.ts'

/** What a process says about its job. */
export interface Outcome {
  readonly rows: readonly Row[]
  /** Why it did not run. */
  readonly leftOut?: string
}

/** Two folders below the project, as the sources are, so that files beside them are found. */
const built = fileURLToPath(new URL('.build/', import.meta.url))
const NODE_FLAGS = ['--expose-gc', '--max-old-space-size=12288']

/** Bundles the worker. @throws Error if it has mistakes. */
export async function buildWorker(): Promise<void> {
  rmSync(built, { recursive: true, force: true })
  await build({
    entryPoints: [fileURLToPath(new URL('worker.ts', import.meta.url))],
    outdir: built,
    bundle: true,
    splitting: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'error',
  })
}

/** Runs one job. @throws Error if the process fails. */
export async function runJob(
  runtime: Runtime,
  group: string,
  job: string,
  { isQuick }: { readonly isQuick: boolean },
): Promise<Outcome> {
  const command = commandOf(runtime)
  if (command === undefined) return { rows: [], leftOut: `${runtime} is not installed` }
  const args = [...command.slice(1), `${built}worker.js`, group, job]
  const child = spawn(command[0] as string, isQuick ? [...args, '--quick'] : args, {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  const last = output.trimEnd().split('\n').at(-1) ?? ''
  if (code !== 0) throw new Error(`${group}, ${job}: the process ended with ${code}\n${output}`)
  return JSON.parse(last) as Outcome
}

function commandOf(runtime: Runtime): readonly string[] | undefined {
  if (runtime === 'Node') return [process.execPath, ...NODE_FLAGS]
  try {
    return [createRequire(import.meta.url).resolve('bun/bin/bun.exe')]
  } catch {
    return undefined
  }
}
