import { Common, Mainnet, type StateManagerInterface } from '@ethereumjs/common'
import type { Keccak256 } from './tries.ts'

export interface OwnedManager {
  readonly manager: StateManagerInterface
  destroy(): void
}

export interface ManagerMaker<Given> {
  /** What EthereumJS hashes with in the run. Default: its own. */
  readonly keccak256?: Keccak256 | undefined
  make(given: Given, common: Common): Promise<OwnedManager>
}

export const nothingToDestroy = { destroy() {} }

/** Blob transactions want a KZG, which is never asked for anything here. */
export function commonOf(hardfork: string, keccak256?: Keccak256): Common {
  const customCrypto = { kzg: {} as never, ...(keccak256 && { keccak256 }) }
  return new Common({ chain: Mainnet, hardfork, customCrypto })
}
