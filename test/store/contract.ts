/** Runs the store contract over a kind of store, in this process. */

import { afterEach, beforeEach, describe, it } from 'vitest'
import { appliesTo, type StoreKind, type StorePlace } from './contract-case.ts'
import { storeContract } from './store-contract.ts'

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
