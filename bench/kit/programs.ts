/** Programs that jobs run in processes of their own, bundled, so that plain JavaScript runs. */

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type BuildOptions, build } from 'esbuild'

/** The folder of the bundle that this is part of; programs go there too. */
export const BUILT: string = fileURLToPath(new URL('.', import.meta.url))
/** Two folders above bundles. */
const PROJECT = fileURLToPath(new URL('../../', import.meta.url))

export const BUNDLE = {
  bundle: true,
  packages: 'external',
  format: 'esm',
  platform: 'node',
  target: 'node20',
  logLevel: 'error',
} as const satisfies BuildOptions

export function inProject(path: string): string {
  return `${PROJECT}${path}`
}

/** Once: the folder is emptied when a benchmark begins. @returns Path of the bundle. */
export async function buildProgram(source: string): Promise<string> {
  const bundle = `${BUILT}${source.replaceAll('/', '-').replace(/\.ts$/, '.js')}`
  if (existsSync(bundle)) return bundle
  await build({ ...BUNDLE, entryPoints: [inProject(source)], outfile: bundle })
  return bundle
}

/** Runs a bundle to its end. @returns What its last line says, JSON. @throws Error if it fails. */
export async function runBundle(bundle: string, args: readonly string[]): Promise<unknown> {
  const options = { cwd: `${PROJECT}bench`, maxBuffer: 2 ** 20 }
  const { stdout } = await promisify(execFile)(process.execPath, [bundle, ...args], options)
  return lastLine(stdout)
}

export function lastLine(output: string): unknown {
  return JSON.parse(output.trimEnd().split('\n').at(-1) ?? '')
}
