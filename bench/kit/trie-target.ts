import type { ResultRow, Target } from './group.ts'
import { MPT, MPT_CORE_HASH } from './names.ts'
import { areAtLeast, type Ratio, spreadOf } from './targets.ts'

const LEAST_RATIO = 10

export function againstMpt(
  work: string,
  ratiosTo: (rows: readonly ResultRow[], peer: string) => readonly Ratio[],
): Target {
  return {
    work,
    target: `>= ${LEAST_RATIO} x \`@ethereumjs/mpt\``,
    evaluate(rows) {
      const [ratios, bare] = [ratiosTo(rows, MPT), spreadOf(ratiosTo(rows, MPT_CORE_HASH))]
      const measured = `${spreadOf(ratios)}; ${bare} where the peer hashes with forkstate too`
      return { measured, isMet: areAtLeast(ratios, LEAST_RATIO) }
    },
  }
}
