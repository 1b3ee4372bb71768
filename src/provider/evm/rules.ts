/**
 * Which rules of the protocol hold at a block: those of the chain's schedule where EthereumJS knows
 * the chain, else those of the newest fork that the fields of the header allow.
 */

import type { Common } from '@ethereumjs/common'
import type { BlockEnvironment } from './environment.ts'
import type { EthereumJs } from './packages.ts'

/** Fields that a fork brought into the header, newest first, and that fork. */
const FORK_OF_FIELD = [
  ['requestsHash', 'osaka'],
  ['excessBlobGas', 'cancun'],
  ['withdrawalsRoot', 'shanghai'],
] as const

/** What the rules are chosen by. */
export interface RulesQuery {
  readonly chainId: bigint
  readonly environment: BlockEnvironment
  /** Names of the fields of the header; undefined in memory. */
  readonly fields: Readonly<Record<string, string>> | undefined
  /** Name of a fork as EthereumJS writes it, in place of all that. */
  readonly hardfork: string | undefined
}

/** Rules of its own each time, since EVMs hold on to theirs. @throws Error for an unknown fork. */
export function rulesOf(query: RulesQuery, { common }: EthereumJs): Common {
  const { chainId, environment, fields, hardfork } = query
  const { Mainnet, Sepolia, Holesky, Hoodi } = common
  const known = [Mainnet, Sepolia, Holesky, Hoodi].find(
    (config) => BigInt(config.chainId) === chainId,
  )
  if (known !== undefined && hardfork === undefined) {
    const rules = new common.Common({ chain: known })
    const { number: blockNumber, timestamp } = environment
    rules.setHardforkBy({ blockNumber, timestamp })
    return rules
  }
  const chain = { chainId: `${chainId}`, name: `chain ${chainId}` }
  return common.createCustomCommon(chain, Mainnet, {
    hardfork: hardfork ?? newestForkOf(fields, environment),
  })
}

function newestForkOf(
  fields: RulesQuery['fields'],
  { baseFeePerGas, difficulty }: BlockEnvironment,
): string {
  if (fields === undefined) return 'osaka'
  const later = FORK_OF_FIELD.find(([field]) => fields[field] !== undefined)
  if (later !== undefined) return later[1]
  if (baseFeePerGas === undefined) return 'berlin'
  return difficulty === 0n ? 'paris' : 'london'
}
