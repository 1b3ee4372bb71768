/** Builds tries with the core's own code, in a small Zig program. */

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type Hex, isHex, keccak256, stringToHex } from 'viem'

import { zigEnvironment, zigPath } from '../../scripts/zig.ts'

/** Whether keys are hashed first, as in the state, or used as they are. */
export type KeyKind = 'hashed' | 'plain'

/** Key and value; null deletes. Both are hex if they begin with `0x`, otherwise text. */
export type Step = readonly [key: string, value: string | null]

/** A trie after some of its changes. */
export interface Outcome {
  readonly root: Hex
  /** The values of the requested keys; empty if absent. */
  readonly values: readonly Hex[]
}

const programs: Readonly<Record<KeyKind, string>> = {
  hashed: fileURLToPath(new URL('../../core/src/trie_replay.zig', import.meta.url)),
  plain: fileURLToPath(new URL('../../core/src/trie_replay_plain.zig', import.meta.url)),
}

/**
 * Builds tries.
 *
 * @param tries For each trie, the batches of steps that lead to it.
 * @param keys What to look up and to prove after each batch.
 * @returns Each trie after each of its batches.
 */
export function replay(
  kind: KeyKind,
  tries: readonly (readonly (readonly Step[])[])[],
  keys: readonly string[],
): readonly (readonly Outcome[])[] {
  const asked = keys.map((key) => `get ${keyDigits(kind, key)}`)
  const lines = tries.flatMap((batches) => [
    'new',
    ...batches.flatMap((steps) => [
      ...steps.map(([key, value]) => `put ${keyDigits(kind, key)} ${hexOf(value ?? '').slice(2)}`),
      'root',
      ...asked,
    ]),
  ])
  const answers = run(programs[kind], `${lines.join('\n')}\n`)
  return tries.map((batches) =>
    batches.map((): Outcome => {
      const [root, ...values] = answers.splice(0, 1 + keys.length)
      return { root: root as Hex, values }
    }),
  )
}

/** The lines that a program prints. */
function run(program: string, input: string): Hex[] {
  const { status, stdout, stderr } = spawnSync(zigPath(), ['run', program], {
    env: zigEnvironment(),
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
  if (status !== 0) throw new Error(`${program}: exit ${status}\n${stderr}`)
  const lines = stdout.split('\n').slice(0, -1)
  return lines.map((digits): Hex => `0x${digits}`)
}

function keyDigits(kind: KeyKind, key: string): string {
  return (kind === 'hashed' ? keccak256(hexOf(key)) : hexOf(key)).slice(2)
}

/** A key or a value of a step. */
export function hexOf(text: string): Hex {
  return isHex(text) ? text : stringToHex(text)
}
