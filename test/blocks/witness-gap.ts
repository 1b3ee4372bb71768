/**
 * A gap in the data: the witness of mainnet block 22188088 lacks the account that the block's blob
 * transaction is sent to, and no proof of it can be made. The transaction neither moves value there
 * nor runs code, so the block's outcome does not depend on that account, as long as it has no code;
 * EthereumJS reads it nevertheless.
 */

import { Account, type Address } from '@ethereumjs/util'

import { ForkStateManager } from '../../src/ethereumjs.ts'
import type { StateManager } from '../../src/index.ts'
import type { ExecuteOptions } from './execute.ts'

/** The block, as in the names of files. */
export const GAP_BLOCK = '1-22188088'

const GAP_ADDRESS = '0xc83f7d9f2d4a76e81145849381aba02602373723'

/** A possible state of the account. */
type GapAccount = 'absent' | 'funded'

/** Answers for one account by itself, and keeps writes to it out of the state. */
class GapStateManager extends ForkStateManager {
  readonly #account: GapAccount

  constructor(options: ConstructorParameters<typeof ForkStateManager>[0], account: GapAccount) {
    super(options)
    this.#account = account
  }

  override async getAccount(address: Address): Promise<Account | undefined> {
    if (!isGap(address)) return super.getAccount(address)
    return this.#account === 'absent' ? undefined : new Account(1n, 1n)
  }

  override async putAccount(address: Address, account?: Account): Promise<void> {
    if (!isGap(address)) await super.putAccount(address, account)
  }

  override async deleteAccount(address: Address): Promise<void> {
    if (!isGap(address)) await super.deleteAccount(address)
  }

  override async getCode(address: Address): Promise<Uint8Array> {
    return isGap(address) ? new Uint8Array() : super.getCode(address)
  }
}

/** How to execute a block of a witness with what its data lacks. */
export function gapOptions(
  name: string,
  state: StateManager,
  account: GapAccount = 'absent',
): ExecuteOptions {
  return name === GAP_BLOCK ? { stateManager: new GapStateManager({ state }, account) } : {}
}

function isGap(address: Address): boolean {
  return address.toString() === GAP_ADDRESS
}
