/**
 * Chooses the protocol rules at a block: by the chain's schedule if EthereumJS knows the chain,
 * else those of the newest hardfork that the fields of the header allow.
 */

import type { Common } from '@ethereumjs/common'
import type { BlockEnvironment } from './environment.ts'
import type { EthereumJs } from './packages.ts'

/** Header fields with the hardfork that introduced them, newest first. */
const FORK_OF_FIELD = [
  ['requestsHash', 'osaka'],
  ['excessBlobGas', 'cancun'],
  ['withdrawalsRoot', 'shanghai'],
] as const

/** What determines the rules. */
export interface RulesQuery {
  readonly chainId: bigint
  readonly environment: BlockEnvironment
  /** Names of the fields of the header; undefined in memory. */
  readonly fields: Readonly<Record<string, string>> | undefined
  /** Name of a hardfork in EthereumJS, which overrides the rest. */
  readonly hardfork: string | undefined
}

/** New rules each time, since EVMs keep theirs. @throws Error for an unknown hardfork. */
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
