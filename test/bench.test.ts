/**
 * The benchmark runs, small, and tells of every contender, so that it cannot rot. No time is
 * judged, but how much slower than a map forkstate is in the same run, with wide bounds.
 */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'

import { loadGroups } from '../bench/groups/groups.ts'
import type { ResultRow } from '../bench/kit/group.ts'
import type { Results } from '../bench/report/results.ts'
import { runFile } from './support/run-program.ts'

const RUN_MS = 600_000

/** What this machine or clone lacks, or what would be done twice; no other reason is one. */
const ABSENT = [
  /^no /,
  /is not installed/,
  /not built/,
  /native core is missing/,
  /the same as in Node/,
]

/** Most that forkstate may take, measured against the peer that does the same in the same run. */
const BOUNDS = [
  { group: 'checkpoints', peer: 'Map + undo log', most: 5 },
  { group: 'nesting', peer: 'Map + undo log', most: 5 },
  { group: 'snapshots', peer: 'Map + undo log', most: 5 },
  { group: 'branches', peer: 'Map', most: 5 },
  { group: 'dumps', peer: 'nested Map', most: 20 },
  { group: 'warm-hot', peer: 'Map', most: 10 },
] as const
const OWN = 'forkstate, WebAssembly'

let stdout = ''
let results: Results['groups'] = {}

beforeAll(async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'forkstate-bench-'))
  const file = path.join(folder, 'results.json')
  try {
    const outcome = await runFile('bench/main.ts', ['--quick', '--json', file], RUN_MS)
    expect(outcome.code, outcome.stderr).toBe(0)
    stdout = outcome.stdout
    results = (JSON.parse(readFileSync(file, 'utf8')) as Results).groups
  } finally {
    rmSync(folder, { recursive: true })
  }
}, RUN_MS)

const groups = await loadGroups()

describe.each(groups)('bench/main.ts --quick, $name', ({ name, title }) => {
  test('tells of every contender what it takes', () => {
    const { rows = [], leftOut = [] } = results[name] ?? {}
    // Each job gives rows or a reason, which the program itself sees to.
    expect(rows.length + leftOut.length).toBeGreaterThan(0)
    expect(stdout).toContain(`# ${title}`)
    for (const { workload, subject, median, least, most } of rows) {
      expect(stdout).toContain(subject)
      expect(stdout).toContain(workload)
      expect([least, median, most].every(Number.isFinite), `${workload}, ${subject}`).toBe(true)
      expect([least, median, most]).toEqual([least, median, most].sort((a, b) => a - b))
    }
  })

  test('leaves out nothing but what needs something absent', () => {
    for (const reason of results[name]?.leftOut ?? []) {
      const why = reason.slice(reason.indexOf('): ') + 3)
      expect(
        ABSENT.some((absent) => absent.test(why)),
        reason,
      ).toBe(true)
    }
  })
})

describe.each(BOUNDS)('$group', ({ group, peer, most }) => {
  test(`takes at most x${most} of the time of ${peer}`, () => {
    const rows = results[group]?.rows ?? []
    const isLike = (row: ResultRow) => (other: ResultRow) =>
      other.workload === row.workload && other.keys === row.keys && other.size === row.size
    const times = rows.filter(({ runtime, unit }) => runtime === 'Node' && unit === 'ns')
    const peers = times.filter(({ subject }) => subject === peer)
    expect(peers).not.toHaveLength(0)
    for (const row of peers) {
      const own = times.filter(({ subject }) => subject === OWN).find(isLike(row))
      // The fastest rounds: by then all is compiled, however busy the machine is.
      expect((own?.least ?? Number.NaN) / row.least, row.workload).toBeLessThanOrEqual(most)
    }
  })
})
