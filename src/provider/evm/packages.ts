/** Loads the packages of EthereumJS, which are optional, when the first call is run. */

import { ProviderRpcError, RPC_CODES } from '../errors.ts'

/** The modules that running calls needs. */
export interface EthereumJs {
  readonly adapter: typeof import('../../ethereumjs.ts')
  readonly block: typeof import('@ethereumjs/block')
  readonly common: typeof import('@ethereumjs/common')
  readonly evm: typeof import('@ethereumjs/evm')
  readonly tx: typeof import('@ethereumjs/tx')
  readonly util: typeof import('@ethereumjs/util')
}

/** @throws ProviderRpcError if one of them is not installed. */
export async function loadEthereumJs(): Promise<EthereumJs> {
  try {
    const [adapter, block, common, evm, tx, util] = await Promise.all([
      import('../../ethereumjs.ts'),
      import('@ethereumjs/block'),
      import('@ethereumjs/common'),
      import('@ethereumjs/evm'),
      import('@ethereumjs/tx'),
      import('@ethereumjs/util'),
    ])
    return { adapter, block, common, evm, tx, util }
  } catch (cause) {
    throw notLoaded(cause)
  }
}

function notLoaded(cause: unknown): ProviderRpcError {
  return new ProviderRpcError(
    RPC_CODES.notSupported,
    'calls are run by EthereumJS, which cannot be loaded: install @ethereumjs/evm, ' +
      '@ethereumjs/block, @ethereumjs/common, @ethereumjs/tx and @ethereumjs/util',
    { cause },
  )
}
