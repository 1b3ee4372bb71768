/** Readable names for the accounts and slots of the scenario. */

import type { Hex } from 'viem'

import { PAIR_SLOTS, tokenBalanceSlot } from './contracts.ts'
import type { Scenario } from './scenario.ts'

/** Names of accounts and slots. Without a name, the address or slot itself is used. */
export interface Names {
  account(address: Hex): string
  /** @param slot 32 bytes. */
  slot(address: Hex, slot: Hex): string
}

const SYSTEM_ACCOUNTS: readonly (readonly [Hex, string])[] = [
  ['0x0000000000000000000000000000000000000000', 'miner'],
  ['0x0000f90827f1c53a10cb7a02335b175320002935', 'block hashes (EIP-2935)'],
]

export function namesOf({ accounts, pair, tokens }: Scenario): Names {
  const people = [...accounts.map((address, index) => [address, `account ${index}`] as const)]
  const contracts = [
    [pair, 'pair'],
    [tokens[0], 'token0'],
    [tokens[1], 'token1'],
  ] as const
  const named = new Map<string, string>([...SYSTEM_ACCOUNTS, ...people, ...contracts])
  const inPair = Object.entries(PAIR_SLOTS).map(([name, slot]) => [slot, name] as const)
  const inTokens = [...people, ...contracts].map(([owner, name]) => {
    return [tokenBalanceSlot(owner), `of ${name}`] as const
  })
  return {
    account: (address) => named.get(address) ?? address,
    slot: (address, slot) => {
      const slots = new Map<string, string>(address === pair ? inPair : inTokens)
      return slots.get(slot) ?? `slot 0x${BigInt(slot).toString(16).slice(0, 8)}`
    },
  }
}
