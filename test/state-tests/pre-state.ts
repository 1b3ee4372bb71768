/** The state before a test: written into a manager, or served by a node that proves it. */

import { type BlockHeader, createBlockHeader } from '@ethereumjs/block'
import { Common, Hardfork, Mainnet } from '@ethereumjs/common'
import { MerklePatriciaTrie } from '@ethereumjs/mpt'
import { RLP } from '@ethereumjs/rlp'
import { Caches, MerkleStateManager } from '@ethereumjs/statemanager'
import { Account, bigIntToBytes, createAddressFromString, MapDB } from '@ethereumjs/util'
import { type Hex, hexToBytes, keccak256, pad, toHex } from 'viem'

import type { StateManager } from '../../src/index.ts'
import type { Answers } from '../support/fake-upstream.ts'
import type { BlockJson } from '../support/named-blocks.ts'
import { WitnessEndpoint } from '../support/witness-endpoint.ts'
import type { PreAccount, PreState, StateTest } from './cases.ts'

/** Writes the state into a manager. */
export function writePreState(state: StateManager, pre: PreState): void {
  for (const [address, { balance, nonce, code, storage }] of accountsOf(pre)) {
    state.setBalance(address, BigInt(balance))
    state.setNonce(address, BigInt(nonce))
    if (code !== '0x') state.setCode(address, code)
    for (const [slot, value] of slotsOf(storage)) state.setStorage(address, slot, BigInt(value))
  }
}

/** The state manager of EthereumJS, with the state. */
export async function peerWith(pre: PreState, common: Common): Promise<MerkleStateManager> {
  const trie = new MerklePatriciaTrie({ useKeyHashing: true })
  const peer = new MerkleStateManager({ trie, common, caches: new Caches() })
  for (const [name, { balance, nonce, code, storage }] of accountsOf(pre)) {
    const address = createAddressFromString(name)
    await peer.putAccount(address, new Account(BigInt(nonce), BigInt(balance)))
    if (code !== '0x') await peer.putCode(address, hexToBytes(code))
    for (const [slot, value] of slotsOf(storage)) {
      await peer.putStorage(address, hexToBytes(slot), bigIntToBytes(BigInt(value)))
    }
  }
  await peer.getStateRoot()
  return peer
}

/** A node whose only block has the state, and can prove all of it. */
export async function servePreState({ pre, env }: StateTest): Promise<Answers> {
  const nodes = new NodeLog()
  const trie = new MerklePatriciaTrie({ useKeyHashing: true, db: nodes })
  for (const [address, account] of accountsOf(pre)) {
    await trie.put(hexToBytes(address), RLP.encode(await leafOf(account, nodes)))
  }
  const number = BigInt(env.currentNumber)
  const header = headerOf(trie.root(), number === 0n ? 0n : number - 1n)
  return new WitnessEndpoint({
    chainId: 1,
    blocks: [blockJson(header)],
    stateRoot: toHex(trie.root()),
    nodes: nodes.all(),
    codes: Object.values(pre).map(({ code }) => code),
  })
}

async function leafOf({ nonce, balance, code, storage }: PreAccount, nodes: NodeLog) {
  const slots = new MerklePatriciaTrie({ useKeyHashing: true, db: nodes })
  for (const [slot, value] of slotsOf(storage)) {
    await slots.put(hexToBytes(slot), RLP.encode(BigInt(value)))
  }
  return [BigInt(nonce), BigInt(balance), slots.root(), keccak256(code, 'bytes')]
}

function accountsOf(pre: PreState): [Hex, PreAccount][] {
  return Object.entries(pre) as [Hex, PreAccount][]
}

/** Slots that are not zero, as 32 bytes. */
function slotsOf(storage: PreAccount['storage']): [Hex, Hex][] {
  return (Object.entries(storage) as [Hex, Hex][])
    .filter(([, value]) => BigInt(value) !== 0n)
    .map(([slot, value]) => [pad(slot, { size: 32 }), value])
}

/** Keeps every node that a trie writes. */
class NodeLog extends MapDB<string, string> {
  all(): Hex[] {
    return [...this._database.values()].map((node): Hex => `0x${node}`)
  }
}

/** A header of a chain that needs nothing but a state. */
function headerOf(stateRoot: Uint8Array, number: bigint): BlockHeader {
  const common = new Common({ chain: Mainnet, hardfork: Hardfork.Chainstart })
  const options = { common, skipConsensusFormatValidation: true }
  return createBlockHeader({ stateRoot, number, gasLimit: 5_000n, difficulty: 1n }, options)
}

function blockJson(header: BlockHeader): BlockJson {
  const json = header.toJSON() as Record<string, Hex>
  const { uncleHash, coinbase, transactionsTrie, receiptTrie, ...same } = json
  const block = {
    ...same,
    hash: toHex(header.hash()),
    sha3Uncles: uncleHash,
    miner: coinbase,
    transactionsRoot: transactionsTrie,
    receiptsRoot: receiptTrie,
    uncles: [],
    transactions: [],
  }
  return block as unknown as BlockJson
}
