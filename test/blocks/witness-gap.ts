/**
 * A hole in the data: the witness of mainnet block 22188088 lacks the account that the block's blob
 * transaction goes to, and no proof of it can be made. The transaction neither moves value there
 * nor runs code, so the block comes out the same whatever that account is, as long as it has no
 * code; EthereumJS asks for it nevertheless.
 */

import { Account, type Address } from '@ethereumjs/util'

import { ForkStateManager } from '../../src/ethereumjs.ts'
import type { StateManager } from '../../src/index.ts'
import type { ExecuteOptions } from './execute.ts'

/** The block, as files are named. */
export const GAP_BLOCK = '1-22188088'

const GAP_ADDRESS = '0xc83f7d9f2d4a76e81145849381aba02602373723'

/** What the account may be. */
type GapAccount = 'absent' | 'funded'

/** Tells one account of its own accord, and keeps what is written to it out of the state. */
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

/** How to execute a witnessed block with what its data lacks. */
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
