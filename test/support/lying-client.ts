/** Clients of a {@link FakeChain} that lie, and how verification rejects each lie. */

import type { Hex } from 'viem'

import type { BlockHeader, EthProof, StorageProof } from '../../src/index.ts'
import type { FakeBlock } from './fake-chain.ts'
import { FakeChain } from './fake-chain.ts'
import { FakeRpcClient } from './fake-upstream.ts'
import { REMOTE } from './fork-world.ts'
import { freshAddress, word } from './sample-keys.ts'

/** The requested account, and another one. */
export const [subject, other]: readonly [Hex, Hex] = [freshAddress(), freshAddress()]
export const OTHER_HASH: Hex = `0x${'77'.repeat(32)}`

/** A chain whose head has both accounts. */
export function chainWithAccounts(): { readonly chain: FakeChain; readonly block: FakeBlock } {
  const chain = new FakeChain()
  const storage = { [word(1)]: 4n }
  return { chain, block: chain.mine({ [subject]: REMOTE, [other]: { balance: 9n, storage } }) }
}

/** Turns a proof into a lie. `ask` fetches other proofs. */
export type ProofLie = (
  proof: EthProof,
  ask: (at: Hex, slots: readonly Hex[]) => Promise<EthProof>,
) => unknown

/** A client whose proofs are changed by `lie`. */
export function lyingClient(chain: FakeChain, lie: ProofLie): FakeRpcClient {
  const honest = new FakeRpcClient(chain)
  const client = new FakeRpcClient(chain)
  client.getProof = async (at, slots, block) => {
    const proof = await honest.getProof(at, slots, block)
    return (await lie(proof, (of, keys) => honest.getProof(of, keys, block))) as EthProof
  }
  return client
}

const changed = (proof: EthProof, at: number, change: (nodes: Hex[]) => unknown): EthProof => {
  const slot = proof.storageProof[at] as EthProof['storageProof'][number]
  const nodes = [...slot.proof]
  change(nodes)
  return { ...proof, storageProof: proof.storageProof.with(at, { ...slot, proof: nodes }) }
}

/** Lies about the slots 1 and 2 of an account, and the check that detects each. */
export const LIES: readonly (readonly [string, string, ProofLie])[] = [
  ['another balance', 'wrongBalance', (proof) => ({ ...proof, balance: 6n })],
  ['another nonce', 'wrongNonce', (proof) => ({ ...proof, nonce: 3n })],
  ['another code hash', 'wrongCodeHash', (proof) => ({ ...proof, codeHash: OTHER_HASH })],
  ['another storage hash', 'wrongStorageHash', (proof) => ({ ...proof, storageHash: OTHER_HASH })],
  [
    'the proof of another account',
    'wrongHash',
    async (proof, ask) => ({ ...proof, accountProof: (await ask(other, [])).accountProof }),
  ],
  [
    'all of another account',
    'wrongHash',
    async (proof, ask) => ({ ...(await ask(other, [word(1), word(2)])), address: proof.address }),
  ],
  ['no nodes', 'missingTrieNode', (proof) => ({ ...proof, accountProof: [] })],
  [
    'one node less',
    'missingTrieNode',
    (proof) => ({ ...proof, accountProof: proof.accountProof.slice(0, -1) }),
  ],
  [
    'one node more',
    'extraTrieNode',
    (proof) => ({ ...proof, accountProof: [...proof.accountProof, proof.accountProof[0]] }),
  ],
  [
    'nodes in another order',
    'wrongHash',
    (proof) => ({ ...proof, accountProof: proof.accountProof.toReversed() }),
  ],
  [
    'another value of a slot',
    'wrongValue',
    (proof) => {
      const [first, second] = proof.storageProof as [object, object]
      return { ...proof, storageProof: [{ ...first, value: 8n }, second] }
    },
  ],
  [
    'a slot that is zero',
    'wrongValue',
    (proof) => {
      const [first, second] = proof.storageProof as [object, object]
      return { ...proof, storageProof: [{ ...first, value: 0n }, second] }
    },
  ],
  [
    'the proofs of two slots swapped',
    'wrongHash',
    (proof) => {
      const [first, second] = proof.storageProof as unknown as [StorageProof, StorageProof]
      const swapped = [
        { ...first, proof: second.proof },
        { ...second, proof: first.proof },
      ]
      return { ...proof, storageProof: swapped }
    },
  ],
  [
    'a slot without nodes',
    'missingTrieNode',
    (proof) => changed(proof, 0, (nodes) => nodes.splice(0)),
  ],
  [
    'a slot with a node more',
    'extraTrieNode',
    (proof) => changed(proof, 0, (nodes) => nodes.push('0x80')),
  ],
  ['no lists of nodes', 'malformedList', ({ accountProof: _, ...proof }) => proof],
]

/** A client whose headers are changed. */
export function headerClient(
  chain: FakeChain,
  change: (header: BlockHeader) => BlockHeader,
): FakeRpcClient {
  const honest = new FakeRpcClient(chain)
  const client = new FakeRpcClient(chain)
  client.getBlock = async (block) => {
    const header = await honest.getBlock(block)
    return header && change(header)
  }
  return client
}

/** A header with one field changed. */
export const withField = (header: BlockHeader, name: string, value: Hex): BlockHeader => ({
  ...header,
  fields: { ...header.fields, [name]: value },
})
