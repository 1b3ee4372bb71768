import type { MaybeLater, Measurement } from './measure.ts'

export type Runtime = 'Node' | 'Bun'

/** How much is done: a quick run does little of everything, and its figures mean nothing. */
export interface Scale {
  readonly isQuick: boolean
}

export interface Named {
  readonly name: string
  /** What a reader must know beside its figures. */
  readonly note?: string | undefined
}

export interface Contender<Made> extends Named {
  /** Loads its code and makes one, empty. @throws LeftOut if it cannot run here. */
  open(): Promise<Made>
}

/** One figure of one contender: the median of some rounds; of one round, three times the same. */
export interface Row extends Measurement {
  /** What was done; the same text for all contenders that do the same. */
  readonly workload: string
  readonly subject: string
  /** Entries, writes or levels the work is over, if it is over any. */
  readonly size?: number | undefined
  /** Distribution of the keys, such as `uniform` or `Zipf`, where it matters. */
  readonly keys?: string | undefined
  readonly unit: Unit
  readonly note?: string | undefined
}

/** Nanoseconds (of one operation), bytes, or a plain number of what the workload names. */
export type Unit = 'ns' | 'B' | 'count'

export function rowOf(
  { name, note }: Named,
  workload: string,
  took: Measurement,
  more: Partial<Pick<Row, 'size' | 'keys' | 'unit'>> = {},
): Row {
  return { workload, subject: name, note, unit: 'ns', ...took, ...more }
}

export interface ResultRow extends Row {
  readonly runtime: Runtime
}

/** Work for one process of its own; contenders that take turns share one. */
export interface Job {
  readonly name: string
  /** Where it runs, if not in all runtimes of its group. */
  readonly runtimes?: readonly Runtime[] | undefined
  /** It only prepares others, and gives no rows. */
  readonly prepares?: true
  /** Checks that every contender gives the right results, then measures. @throws LeftOut */
  run(): MaybeLater<readonly Row[]>
}

/** Line chart of a workload over its sizes, both logarithmic. */
export interface Chart {
  /** File name without its ending. */
  readonly name: string
  readonly title: string
  shows(row: ResultRow): boolean
  /** Of a line. Default: the subject. */
  label?(row: ResultRow): string
}

export interface Verdict {
  readonly measured: string
  readonly isMet: boolean
}

export interface Target {
  readonly work: string
  readonly target: string
  /** @throws NotMeasured where the rows it needs are absent. */
  evaluate(rows: readonly ResultRow[]): Verdict
  /** Whether the prose of its group tells why it is missed; shown if it is. */
  readonly hasFloor?: true
}

/** Beside it, in Markdown: how it is measured and what to know, and its floor. */
export interface Group {
  readonly title: string
  readonly runtimes: readonly Runtime[]
  readonly charts?: readonly Chart[]
  readonly targets?: readonly Target[]
  /** Cheap: loads no contender. */
  jobs(scale: Scale): readonly Job[]
}

/** A job that cannot run here says why; others go on. */
export class LeftOut extends Error {
  override readonly name = 'LeftOut'
}
