/** Without JavaScript: forkstate's C ABI, called from C, beside what Rust and Go programs use. */

import type { Chart, Group, Named, ResultRow, Row, Scale, Target } from '../../kit/group.ts'
import { LeftOut, rowOf } from '../../kit/group.ts'
import { summaryOf } from '../../kit/measure.ts'
import { rowsLike, someLike } from '../../kit/targets.ts'
import { build, forkDb, forkstate, geth, isBuilt, type Program, revm, run } from './programs.ts'

interface Subject extends Named {
  readonly program: Program
  /** What the program calls it. */
  readonly own: string
}

interface Workload {
  readonly label: string
  /** What the programs call it. */
  readonly own: string
  readonly kind: 'read' | 'journaled write' | 'other'
  /** Forkstate, the one that the target compares it with, others. */
  readonly subjects: readonly Subject[]
  readonly calls: number
  readonly sizes: readonly number[]
  readonly accounts: readonly (1 | 1_000 | 'one an entry')[]
}

const OWN_NAME = 'forkstate, C ABI'
const local: Subject = { name: OWN_NAME, program: forkstate, own: 'local' }
const forked: Subject = { name: OWN_NAME, program: forkstate, own: 'fork' }
const cacheDb: Subject = { name: 'revm CacheDB', program: revm, own: 'CacheDB' }
const stateDb: Subject = { name: 'geth StateDB', program: geth, own: 'StateDB' }
const revmState: Subject = { name: 'revm State', program: revm, own: 'State' }
const journal: Subject = {
  ...{ name: 'revm Journal over State', program: revm, own: 'Journal' },
  note: 'keeps also what a slot was before the transaction, and whether it is warm',
}
const sharedBackend: Subject = {
  ...{ name: 'foundry-fork-db SharedBackend', program: forkDb, own: 'SharedBackend' },
  note: 'its cache belongs to another thread, which each read asks; both count',
}

const smallToLarge = [1_000, 100_000, 1_000_000]
const read = {
  kind: 'read',
  subjects: [local, revmState, cacheDb, journal, stateDb],
  calls: 500_000,
} as const
const write = {
  kind: 'journaled write',
  subjects: [local, journal, stateDb],
  calls: 100_000,
  sizes: [100_000],
  accounts: [1],
} as const
const scope = { ...write, calls: 5_000, sizes: smallToLarge }
const balances = { sizes: [1_000, 100_000], accounts: ['one an entry'] } as const

const READ = 'storage read'
const REVERT = 'checkpoint, 10 writes, revert'

const workloads: readonly Workload[] = [
  { ...read, label: READ, own: 'storage-read', sizes: smallToLarge, accounts: [1, 1_000] },
  { ...read, label: 'balance read', own: 'balance-read', ...balances },
  { ...scope, label: REVERT, own: 'scope-revert' },
  { ...scope, label: 'checkpoint, 10 writes, commit', own: 'scope-commit' },
  { ...write, label: 'write to one of the slots, in one checkpoint', own: 'overwrite' },
  { ...write, label: 'revert of these, a write', own: 'undo' },
  { ...write, label: 'write to a new slot, in one checkpoint', own: 'insert' },
  { ...write, label: 'balance write, in one checkpoint', own: 'balance-write', ...balances },
  {
    ...{ label: 'branch, or copy', own: 'branch', kind: 'other', calls: 3 },
    ...{ subjects: [local, cacheDb, stateDb], sizes: [1_000_000], accounts: [1] },
  },
  {
    ...{ label: 'read of a fetched slot, cached', own: 'storage-read', kind: 'other' },
    ...{ subjects: [forked, sharedBackend], calls: 20_000, sizes: [100_000], accounts: [1] },
  },
]

const compilations = [
  ['build with forkstate, C', forkstate],
  ['build with revm, Rust', revm],
  ['build with foundry-fork-db, Rust', forkDb],
  ['build with geth, Go', geth],
] as const

const FULL = { passes: 2, rounds: 5 }
const QUICK = { passes: 1, rounds: 2 }

export const group: Group = {
  title: 'Native peers',
  runtimes: ['Node'],
  charts: [chartOf(READ, 'storage-read'), chartOf(REVERT, 'scope-revert')],
  targets: [targetOf('read'), targetOf('journaled write')],
  jobs: (scale) => [
    ...compilations.map(([name, program]) => {
      return { name, prepares: true as const, run: () => compile(program, scale) }
    }),
    ...workloads.map((each) => ({ name: each.label, run: () => measureAll(each, scale) })),
  ],
}

function compile(program: Program, { isQuick }: Scale): readonly Row[] {
  if (!isQuick || program.isQuicklyBuilt) build(program)
  else if (!isBuilt(program)) throw new LeftOut('not built; run without --quick')
  return []
}

function measureAll(workload: Workload, scale: Scale): readonly Row[] {
  if (!isBuilt(forkstate)) throw new LeftOut(`${forkstate.file} was not built`)
  const sizes = scale.isQuick ? [Math.min(1_000, ...workload.sizes)] : workload.sizes
  return sizes.flatMap((size) =>
    workload.accounts.flatMap((accounts) => measure(workload, size, accounts, scale)),
  )
}

/** Runs each program in turn. @throws Error if one has not done what the others did. */
function measure(
  workload: Workload,
  size: number,
  accounts: Workload['accounts'][number],
  { isQuick }: Scale,
): readonly Row[] {
  const { passes, rounds } = isQuick ? QUICK : FULL
  const subjects = workload.subjects.filter(({ program }) => isBuilt(program))
  const calls = isQuick ? Math.min(workload.calls, size) : workload.calls
  const order = [workload.own, size, accounts === 'one an entry' ? size : accounts, calls, rounds]
  const done = Array.from({ length: passes }, () =>
    subjects.map(({ program, own }) => run(program, [own, ...order])),
  )
  const digests = [...new Set(done.flat().map(({ digest }) => digest))]
  if (digests.length > 1) throw new Error(`${workload.label}: not the same: ${digests.join(', ')}`)
  const many = { 1: '1 account', 1000: '1,000 accounts', 'one an entry': undefined }
  const keys = workload.accounts.length > 1 ? many[accounts] : undefined
  return subjects.map((subject, at) => {
    const took = summaryOf(done.flatMap((pass) => pass[at]?.nanoseconds ?? []))
    return rowOf(subject, workload.label, took, { size, keys })
  })
}

function chartOf(label: string, own: string): Chart {
  return {
    name: `native-${own}`,
    title: `Native: ${label}, by slots of one account`,
    shows: ({ workload, keys }) => workload === label && (keys ?? '1 account') === '1 account',
  }
}

function targetOf(kind: 'read' | 'journaled write'): Target {
  return {
    work: `native ${kind}s through the C ABI from C, against revm`,
    target: '<= 1.5 x the time of revm (its State, its journal over it)',
    hasFloor: true,
    evaluate(rows) {
      const ratios = workloads
        .filter((workload) => workload.kind === kind)
        .flatMap((workload) => ratiosOf(workload, someLike(rows, {})))
        .sort((left, right) => left.ratio - right.ratio)
      const ends = [ratios[0], ratios.at(-1)].map(
        (end) => `x${end?.ratio.toFixed(2)} (${end?.what})`,
      )
      return { measured: ends.join(' to '), isMet: ratios.every(({ ratio }) => ratio <= 1.5) }
    },
  }
}

function ratiosOf({ label, subjects }: Workload, rows: readonly ResultRow[]) {
  const same = rowsLike(rows, { workload: label })
  return rowsLike(same, { subject: OWN_NAME }).flatMap((row) =>
    rowsLike(same, { subject: subjects[1]?.name ?? '' })
      .filter(({ size, keys }) => size === row.size && keys === row.keys)
      .map(({ median }) => ({
        what: [label, row.size?.toLocaleString('en'), row.keys].filter(Boolean).join(', '),
        ratio: row.median / median,
      })),
  )
}
