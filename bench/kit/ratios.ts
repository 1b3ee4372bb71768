/** How much longer a peer takes than forkstate, for the targets. */

import type { ResultRow } from './group.ts'

export interface Ratio {
  /** Of the rows. */
  readonly size: number | undefined
  /** The peer's median over that of forkstate. */
  readonly ratio: number
}

/** The ratios of a workload in Node, one for each size that both have. */
export function ratiosOf(
  rows: readonly ResultRow[],
  workload: string,
  { own, peer }: { readonly own: string; readonly peer: string },
): readonly Ratio[] {
  const inNode = rows.filter((row) => row.workload === workload && row.runtime === 'Node')
  return inNode
    .filter(({ subject }) => subject === own)
    .flatMap(({ size, median }) => {
      const other = inNode.find((row) => row.subject === peer && row.size === size)
      return other === undefined ? [] : [{ size, ratio: other.median / median }]
    })
}

/** The least and the most of some ratios, as text; undefined for none. */
export function spreadOf(ratios: readonly Ratio[]): string | undefined {
  if (ratios.length === 0) return undefined
  const values = ratios.map(({ ratio }) => ratio)
  const [least, most] = [Math.min(...values).toFixed(1), Math.max(...values).toFixed(1)]
  return least === most ? `x${least}` : `x${least} to x${most}`
}
