/** The benchmark runs, small, and tells of every subject, so that it cannot rot. */

import { expect, test } from 'vitest'

import { subjects } from '../bench/subjects.ts'
import { runFile } from './support/run-program.ts'

test('bench/main.ts --quick prints what each subject takes', async () => {
  const { code, stdout, stderr } = await runFile('bench/main.ts', ['--quick'])
  expect(code, stderr).toBe(0)
  const blocks = stdout.split('\n\n').slice(1)
  const shown = blocks.map((block) => block.trim().split('\n'))
  expect(shown.map(([subject]) => subject)).toEqual(await namesOfSubjects())
  for (const [, ...lines] of shown) {
    expect(lines).toHaveLength(2)
    for (const line of lines) expect(line).toMatch(/dirty slots {2}revert .* us .* commit .* us/)
  }
})

/** In the order of the benchmark; some builds of the core may be absent. */
async function namesOfSubjects(): Promise<readonly string[]> {
  const makers = await subjects()
  return makers.map((make) => {
    const subject = make()
    subject.destroy()
    return subject.name
  })
}
