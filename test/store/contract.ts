/** Runs the store contract over a kind of store, in this process. */

import { afterEach, beforeEach, describe, it } from 'vitest'
import { appliesTo, type ContractCase, type StoreKind, type StorePlace } from './contract-case.ts'
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

/** Declares the tests; call it in a `describe`. */
export function testStoreContract(kind: StoreKind): void {
  let place: StorePlace

  beforeEach(async () => {
    place = await kind.makePlace()
  })

  afterEach(async () => {
    await place.destroy()
  })

  for (const [subject, cases] of Object.entries(storeContract)) {
    describe(subject, () => {
      for (const { name, run } of cases.filter((each) => appliesTo(each, kind))) {
        it(name, () => run(place, kind))
      }
    })
  }
}
