/**
 * Without JavaScript: forkstate's native library, called through its C ABI from a C program, beside
 * what Rust and Go programs use.
 */

import { NATIVE } from '../kit/floors.ts'
import type { Chart, Group, Job, ResultRow, Row, Target } from '../kit/group.ts'
import { LeftOut } from '../kit/group.ts'
import { summaryOf } from '../kit/measure.ts'
import type { Done, Program } from '../kit/native-programs.ts'
import { build, forkDb, forkstate, geth, isBuilt, revm, run } from '../kit/native-programs.ts'

/** One of a program's contenders. */
interface Subject {
  readonly label: string
  readonly program: Program
  /** As the program knows it. */
  readonly name: string
  readonly note?: string
}

/** Work that all contenders do alike. */
interface Workload {
  readonly label: string
  /** As the programs know it. */
  readonly name: string
  readonly kind: 'read' | 'journaled write' | 'other'
  /** Forkstate, the one that the target compares it with, others. */
  readonly subjects: readonly Subject[]
  /** Operations in one round; the figure is of one of them. */
  readonly calls: number
  readonly sizes: readonly number[]
  readonly accounts: readonly Accounts[]
}

/** Accounts that the slots belong to in turn. */
type Accounts = 1 | 1_000 | 'one an entry'

const OWN = 'forkstate, C ABI'
const local: Subject = { label: OWN, program: forkstate, name: 'local' }
const forked: Subject = { label: OWN, program: forkstate, name: 'fork' }
const cacheDb: Subject = { label: 'revm CacheDB', program: revm, name: 'CacheDB' }
const stateDb: Subject = { label: 'geth StateDB', program: geth, name: 'StateDB' }
const revmState: Subject = { label: 'revm State', program: revm, name: 'State' }
const journal: Subject = {
  label: 'revm Journal over State',
  program: revm,
  name: 'Journal',
  note: 'keeps also what a slot was before the transaction, and whether it is warm',
}
const sharedBackend: Subject = {
  label: 'foundry-fork-db SharedBackend',
  program: forkDb,
  name: 'SharedBackend',
  note: 'its cache belongs to another thread, which each read asks; both count',
}

const readers = [local, revmState, cacheDb, journal, stateDb]
const writers = [local, journal, stateDb]
const smallToLarge = [1_000, 100_000, 1_000_000]
const write = { kind: 'journaled write', subjects: writers, accounts: [1] } as const

const READ = 'storage read'
const REVERT = 'checkpoint, 10 writes, revert'

const workloads: readonly Workload[] = [
  {
    ...{ label: READ, name: 'storage-read', kind: 'read', subjects: readers, calls: 500_000 },
    ...{ sizes: smallToLarge, accounts: [1, 1_000] },
  },
  {
    ...{ label: 'balance read', name: 'balance-read', kind: 'read', subjects: readers },
    ...{ calls: 500_000, sizes: [1_000, 100_000], accounts: ['one an entry'] },
  },
  { ...write, label: REVERT, name: 'scope-revert', calls: 5_000, sizes: smallToLarge },
  {
    ...{ ...write, label: 'checkpoint, 10 writes, commit', name: 'scope-commit' },
    ...{ calls: 5_000, sizes: smallToLarge },
  },
  {
    ...{ ...write, label: 'write to one of the slots, in one checkpoint', name: 'overwrite' },
    ...{ calls: 100_000, sizes: [100_000] },
  },
  {
    ...{ ...write, label: 'revert of these, a write', name: 'undo' },
    ...{ calls: 100_000, sizes: [100_000] },
  },
  {
    ...{ ...write, label: 'write to a new slot, in one checkpoint', name: 'insert' },
    ...{ calls: 100_000, sizes: [100_000] },
  },
  {
    ...{ ...write, label: 'balance write, in one checkpoint', name: 'balance-write' },
    ...{ calls: 100_000, sizes: [1_000, 100_000], accounts: ['one an entry'] },
  },
  {
    ...{ label: 'branch, or copy', name: 'branch', kind: 'other', calls: 3 },
    ...{ subjects: [local, cacheDb, stateDb], sizes: [1_000_000], accounts: [1] },
  },
  {
    ...{ label: 'read of a fetched slot, cached', name: 'storage-read', kind: 'other' },
    ...{ subjects: [forked, sharedBackend], calls: 20_000, sizes: [100_000], accounts: [1] },
  },
]

const compilations = [
  { name: 'build with forkstate, C', program: forkstate },
  { name: 'build with revm, Rust', program: revm },
  { name: 'build with foundry-fork-db, Rust', program: forkDb },
  { name: 'build with geth, Go', program: geth },
]

/** How often each program is run, one after the other, and how many rounds it does each time. */
const FULL = { passes: 2, rounds: 5 }
const QUICK = { passes: 1, rounds: 2 }
const QUICK_SIZE = 1_000

export const nativePeers: Group = {
  name: 'native-peers',
  title: 'Native peers',
  about:
    'Programs in C, Rust and Go with the same work, seeds and digests; each figure is from ' +
    'processes of its own that take turns. C calls the shared library through its C ABI; the ' +
    'Rust program is built with its libraries as one (`opt-level = 3`, fat LTO, `foldhash`), all ' +
    'for the baseline x86-64. Keys and values are made before, in the form each takes: bytes, ' +
    'for revm 256-bit numbers. All slots and accounts are loaded before. Slots are 256 random ' +
    'bits, read and written uniformly at random. Checkpoints stand in an open one.',
  runtimes: ['Node'],
  charts: [READ, REVERT].map(chartOf),
  targets: [targetOf('read'), targetOf('journaled write')],
  jobs: ({ isQuick }) => [
    ...compilations.map(({ name, program }): Job => {
      return { name, prepares: true, run: async () => compile(program, { isQuick }) }
    }),
    ...workloads.map((workload): Job => {
      const { label, sizes } = workload
      const quick = { ...workload, sizes: [Math.min(QUICK_SIZE, ...sizes)] }
      return { name: label, run: async () => measureAll(isQuick ? quick : workload, { isQuick }) }
    }),
  ],
}

function compile(program: Program, { isQuick }: { readonly isQuick: boolean }): readonly Row[] {
  if (!isQuick || program.isQuicklyBuilt) build(program)
  else if (!isBuilt(program)) throw new LeftOut('not built; run without --quick')
  return []
}

function measureAll(workload: Workload, scale: { readonly isQuick: boolean }): readonly Row[] {
  if (!isBuilt(forkstate)) throw new LeftOut(`${forkstate.name} was not built`)
  return workload.sizes.flatMap((size) =>
    workload.accounts.flatMap((accounts) => measure(workload, { size, accounts, ...scale })),
  )
}

interface Case {
  readonly size: number
  readonly accounts: Accounts
  readonly isQuick: boolean
}

/** Runs each program in turn. @throws Error if one has not done what the others did. */
function measure(workload: Workload, { size, accounts, isQuick }: Case): readonly Row[] {
  const { passes, rounds } = isQuick ? QUICK : FULL
  const subjects = workload.subjects.filter(({ program }) => isBuilt(program))
  const done = Array.from({ length: passes }, () =>
    subjects.map(({ program, name }) =>
      run(program, {
        subject: name,
        workload: workload.name,
        size,
        accounts: accounts === 'one an entry' ? size : accounts,
        calls: isQuick ? Math.min(workload.calls, size) : workload.calls,
        rounds,
      }),
    ),
  )
  requireAgreement(workload, done.flat())
  return subjects.map(({ label, note }, at) => ({
    workload: workload.label,
    subject: label,
    size,
    ...(workload.accounts.length > 1 && { keys: accounts === 1 ? '1 account' : '1,000 accounts' }),
    unit: 'ns',
    ...summaryOf(done.flatMap((pass) => pass[at]?.nanoseconds ?? [])),
    ...(note !== undefined && { note }),
  }))
}

function requireAgreement(workload: Workload, done: readonly Done[]): void {
  const digests = [...new Set(done.map(({ digest }) => digest))]
  if (digests.length > 1) throw new Error(`${workload.label}: not the same: ${digests.join(', ')}`)
}

// The report.

function chartOf(label: string): Chart {
  const name = workloads.find((workload) => workload.label === label)?.name ?? ''
  return {
    name: `native-${name}`,
    title: `Native: ${label}, by slots of one account`,
    shows: ({ workload, keys }) => workload === label && (keys ?? '1 account') === '1 account',
    label: ({ subject }) => subject,
  }
}

function targetOf(kind: 'read' | 'journaled write'): Target {
  const own = workloads.filter((workload) => workload.kind === kind)
  return {
    work: `native ${kind}s through the C ABI from C, against revm`,
    target: '<= 1.5 x the time of revm (its State, its journal over it)',
    floor: NATIVE,
    judge(rows) {
      const compared = own.flatMap((workload) => ratiosOf(workload, rows))
      if (compared.length === 0) return undefined
      const sorted = compared.sort((left, right) => left.ratio - right.ratio)
      const shown = [sorted[0], sorted.at(-1)].map((end) =>
        end === undefined ? '' : `x${end.ratio.toFixed(2)} (${end.what})`,
      )
      return { measured: shown.join(' to '), isMet: sorted.every(({ ratio }) => ratio <= 1.5) }
    },
  }
}

/** Forkstate's time as a multiple of the peer's, for each size and distribution. */
function ratiosOf({ label, subjects }: Workload, rows: readonly ResultRow[]) {
  const peer = subjects[1]?.label
  const own = rows.filter(({ workload, subject }) => workload === label && subject === OWN)
  return own.flatMap((row) =>
    rows
      .filter(({ workload, subject }) => workload === label && subject === peer)
      .filter(({ size, keys }) => size === row.size && keys === row.keys)
      .map(({ median }) => ({
        what: [label, row.size?.toLocaleString('en'), row.keys].filter(Boolean).join(', '),
        ratio: row.median / median,
      })),
  )
}
