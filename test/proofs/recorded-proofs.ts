/** Recorded answers of `eth_getProof`, served as a node would. */

import type { Hex } from 'viem'

import { RpcClientAdapter, StateManager, type StateManagerOptions } from '../../src/index.ts'
import { readFixture } from '../support/fixtures.ts'

/** An entry of a file in `proofs`. */
export interface RecordedProof {
  readonly stateRoot: Hex
  readonly request: { readonly address: Hex; readonly keys: readonly Hex[] }
  readonly proof: {
    readonly balance: Hex
    readonly nonce: Hex
    readonly codeHash: Hex
    readonly storageProof?: readonly { readonly key: Hex; readonly value: Hex }[]
  }
  readonly mutation?: string
  readonly feature?: string
}

export function readProofs(name: 'real' | 'zoo' | 'negative'): readonly RecordedProof[] {
  return readFixture(`proofs/${name}.json.gz`)
}

/** A fork at the state root of an entry, whose node gives that answer to any request. */
export function forkOfProof(entry: RecordedProof, options: Partial<StateManagerOptions> = {}) {
  const { stateRoot, proof } = entry
  const hash = `0x${'b0'.repeat(32)}`
  const header = { number: '0x7', hash, stateRoot, parentHash: hash, timestamp: '0x7' }
  const provider = {
    async request({ method }: { readonly method: string }): Promise<unknown> {
      if (method === 'eth_chainId') return '0x1'
      if (method === 'eth_getProof') return { ...proof, storageProof: proof.storageProof ?? [] }
      if (method.startsWith('eth_getBlockBy')) return header
      throw new Error(`not recorded: ${method}`)
    },
  }
  const rpcClient = new RpcClientAdapter(provider, { retries: 0 })
  return new StateManager({ ...options, rpcClient, trustedStateRoot: stateRoot })
}

/** Reads the account and all slots of an entry in one turn, which is one `eth_getProof`. */
export async function readEntry(fork: StateManager, { request }: RecordedProof) {
  const { address, keys } = request
  const [account, ...values] = await Promise.all([
    fork.getAccount(address),
    ...keys.map((key) => fork.getStorage(address, BigInt(key))),
  ])
  return { account, values }
}
