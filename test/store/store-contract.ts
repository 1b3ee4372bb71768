/** The store contract, for every runner. */

import type { ContractCase } from './contract-case.ts'
import { claimCases } from './contract-claims.ts'
import { factCases } from './contract-facts.ts'
import { groupCases } from './contract-groups.ts'
import { recordCases } from './contract-records.ts'

/** Everything that holds of a store, by subject. */
export const storeContract: Readonly<Record<string, readonly ContractCase[]>> = {
  records: recordCases,
  groups: groupCases,
  claims: claimCases,
  facts: factCases,
}
