/**
 * Processes that fill one store from nothing read right bytes all the while, though the file grows
 * under them many times over. `FORKSTATE_GROWTHS` is the number of stores that are filled.
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { bundleProgram } from './child-program.ts'
import { startProgram } from './programs.ts'

const STORES = Number(process.env['FORKSTATE_GROWTHS'] ?? 1)
const WRITERS = 2
const BYTES_EACH = 12_000_000
const MS_PER_STORE = 60_000

let folder: string
let program: string

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'forkstate-growth-'))
  program = await bundleProgram('growth-writer.ts', folder)
})

afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

/** What a writer says in the end, and what it ended with. */
async function fill(place: string, writer: number): Promise<string> {
  const args = [program, place, String(WRITERS), String(writer), String(BYTES_EACH)]
  const stdio = ['ignore', 'pipe', 'inherit'] as const
  const { child, ended } = startProgram(process.execPath, args, { stdio: [...stdio] })
  let printed = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    printed += chunk.toString()
  })
  const code = await ended
  return `${printed.trim()} ${code}`
}

it(
  'two writers of one store find whole records only',
  async () => {
    for (let round = 0; round < STORES; round++) {
      const place = path.join(folder, `store ${round}`)
      const writers = Array.from({ length: WRITERS }, (_, writer) => fill(place, writer))
      expect(await Promise.all(writers)).toEqual(new Array(WRITERS).fill('right 0'))
      await rm(place, { recursive: true })
    }
  },
  STORES * MS_PER_STORE,
)
