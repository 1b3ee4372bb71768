/** The benchmark runs, small, and tells of every contender, so that it cannot rot. */

import { expect, test } from 'vitest'

import { findBuilds, PEER, subjectsOf } from '../bench/subjects.ts'
import { hasFixtures } from './support/fixtures.ts'
import { runFile } from './support/run-program.ts'

const TIMES = '[\\d.]+ us \\([\\d.]+\\.\\.[\\d.]+\\)'

test('bench/main.ts --quick prints what each contender takes', async () => {
  const { code, stdout, stderr } = await runFile('bench/main.ts', ['--quick'])
  expect(code, stderr).toBe(0)
  const blocks = stdout.split('\n\n').slice(1)
  const shown = blocks.map((block) => block.trim().split('\n'))
  const builds = await findBuilds()
  const subjects = subjectsOf(builds).map((make) => {
    const subject = make()
    subject.destroy()
    return subject.name
  })

  const checkpoints = shown.slice(0, subjects.length)
  expect(checkpoints.map(([subject]) => subject)).toEqual(subjects)
  for (const [, ...lines] of checkpoints) {
    expect(lines).toHaveLength(2)
    for (const line of lines) expect(line).toMatch(/dirty slots {2}revert .* us .* commit .* us/)
  }

  const compared = shown.slice(subjects.length)
  const titles = compared.map(([title]) => title?.split(/[;,] /)[0])
  const real = hasFixtures ? 'one proof check' : 'real proofs left out: no ../shared/fixtures'
  expect(titles).toEqual([
    real,
    'one proof check',
    '50 writes + state root',
    '1 write + state root',
    'all 200 written anew + state root',
  ])
  const names = [...builds.map(({ name }) => name), PEER]
  const ratio = (of: string) => `x[\\d,]+\\.\\d ${of}`
  for (const [at, [, ...lines]] of compared.entries()) {
    if (titles[at]?.startsWith('real proofs left out')) continue
    expect(lines).toHaveLength(names.length)
    const toOne = at === compared.length - 1 ? `  ${ratio('the time of 1 write')}` : ''
    for (const [row, name] of names.entries()) {
      const ratios = `${ratio(`as fast as ${PEER}`)}${toOne}`
      const line = new RegExp(`^ *${name} +${TIMES}  [\\d.,]+ a second  ${ratios}$`)
      expect(lines[row]).toMatch(line)
    }
  }
})
