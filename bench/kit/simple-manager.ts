import type { Common, StateManagerInterface } from '@ethereumjs/common'
import { SimpleStateManager } from '@ethereumjs/statemanager'
import type { Address } from '@ethereumjs/util'

/** An account, or one of its slots with it. */
export interface TouchedPlace {
  readonly address: Address
  readonly slot?: Uint8Array | undefined
}

/** Holds what another manager has at some places, and nothing else. */
export async function simpleLike(
  source: StateManagerInterface,
  common: Common,
  places: readonly TouchedPlace[],
): Promise<SimpleStateManager> {
  const manager = new SimpleStateManager({ common })
  for (const { address, slot } of places) {
    const account = await source.getAccount(address)
    if (account === undefined) continue
    await manager.putAccount(address, account)
    if (account.isContract()) await manager.putCode(address, await source.getCode(address))
    if (slot === undefined) continue
    await manager.putStorage(address, slot, await source.getStorage(address, slot))
  }
  return manager
}
