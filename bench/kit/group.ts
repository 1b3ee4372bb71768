/** What a benchmark is made of: groups of jobs, each of which gives rows. */

/** What runs a job. */
export type Runtime = 'Node' | 'Bun'

/** How much is done: a quick run does little of everything, and its figures mean nothing. */
export interface Scale {
  readonly isQuick: boolean
}

/** One figure of one contender: the median of some rounds. */
export interface Row {
  /** What was done; the same text for all contenders that do the same. */
  readonly workload: string
  /** Who did it: an engine of forkstate, or a peer. */
  readonly subject: string
  /** Number of entries, writes or levels the work is over, if it is over any. */
  readonly size?: number
  /** Distribution of the keys, such as `uniform` or `Zipf`, where it matters. */
  readonly keys?: string
  readonly unit: Unit
  readonly median: number
  /** The least and the most of the rounds; as the median where there is one round. */
  readonly least: number
  readonly most: number
  /** What a reader must know beside the figure. */
  readonly note?: string
}

/** Nanoseconds (of one operation), bytes, or a plain number of what the workload names. */
export type Unit = 'ns' | 'B' | 'count'

/** A row with what ran it. */
export interface ResultRow extends Row {
  readonly runtime: Runtime
}

/** Work for one process of its own; contenders that take turns share one. */
export interface Job {
  readonly name: string
  /**
   * Checks that every contender gives the right results, then measures.
   *
   * @throws LeftOut if it cannot run here.
   */
  run(): Promise<readonly Row[]>
}

/** Line chart of a workload over its sizes, both logarithmic. */
export interface Chart {
  /** File name without its ending. */
  readonly name: string
  readonly title: string
  /** The rows it shows. */
  shows(row: ResultRow): boolean
  /** What a line is called. */
  label(row: ResultRow): string
}

/** What a target came to. */
export interface Verdict {
  /** The figures, as text. */
  readonly measured: string
  readonly isMet: boolean
}

/** Something the project wants to reach. */
export interface Target {
  readonly work: string
  readonly target: string
  /** Undefined where the rows it needs were not measured. */
  judge(rows: readonly ResultRow[]): Verdict | undefined
  /** Why it is missed: the measured floor, and what was tried. Markdown; shown if it is missed. */
  readonly floor?: string
}

export interface Group {
  /** As on the command line. */
  readonly name: string
  readonly title: string
  /** How it is measured and what to know, Markdown. */
  readonly about: string
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
