import type { ResultRow, Target, Verdict } from './group.ts'
import { WASM } from './names.ts'

class NotMeasured extends Error {}

/** Undefined where a row that it needs is absent. */
export function verdictOf(target: Target, rows: readonly ResultRow[]): Verdict | undefined {
  try {
    return target.evaluate(rows)
  } catch (error) {
    if (error instanceof NotMeasured) return undefined
    throw error
  }
}

type Trait = Partial<Pick<ResultRow, 'workload' | 'subject' | 'size' | 'keys' | 'runtime'>>

export const OWN: Trait = { subject: WASM, runtime: 'Node' }

export function rowsLike(rows: readonly ResultRow[], trait: Trait): readonly ResultRow[] {
  const wanted = Object.entries(trait)
  return rows.filter((row) => wanted.every(([key, value]) => row[key as keyof Trait] === value))
}

/** The same. @throws NotMeasured if there is none. */
export function someLike(rows: readonly ResultRow[], trait: Trait): readonly ResultRow[] {
  const found = rowsLike(rows, trait)
  if (found.length === 0) throw new NotMeasured(`no row has ${JSON.stringify(trait)}`)
  return found
}

export function medianOf(rows: readonly ResultRow[], trait: Trait): number {
  return someLike(rows, trait)[0]?.median ?? Number.NaN
}

/** A peer's median over that of forkstate, of a size that both have. */
export interface Ratio {
  readonly size: number | undefined
  readonly ratio: number
}

export function ratiosOf(
  rows: readonly ResultRow[],
  workload: string,
  { own = WASM, peer }: { readonly own?: string; readonly peer: string },
): readonly Ratio[] {
  const inNode = rowsLike(rows, { workload, runtime: 'Node' })
  const ratios = rowsLike(inNode, { subject: own }).flatMap(({ size, median }) =>
    rowsLike(inNode, { subject: peer })
      .filter((row) => row.size === size)
      .map((row) => ({ size, ratio: row.median / median })),
  )
  if (ratios.length === 0) throw new NotMeasured(`${workload}: not of both ${own} and ${peer}`)
  return ratios
}

export function spreadOf(ratios: readonly Ratio[]): string {
  const values = ratios.map(({ ratio }) => ratio)
  const [least, most] = [Math.min(...values).toFixed(1), Math.max(...values).toFixed(1)]
  return least === most ? `x${least}` : `x${least} to x${most}`
}

export function areAtLeast(ratios: readonly Ratio[], least: number): boolean {
  return ratios.every(({ ratio }) => ratio >= least)
}
