/**
 * Answers as an archive node from an execution witness: the state of one block, as far as the next
 * block touches it. It makes every proof that its trie nodes allow, and refuses all others.
 */

import { RLP } from '@ethereumjs/rlp'
import { type Hex, keccak256, toHex } from 'viem'
import { EMPTY_CODE_HASH, ZERO_WORD } from '../../src/encoding/constants.ts'

import { FakeRpcError } from './fake-chain.ts'
import type { Answers } from './fake-upstream.ts'
import { readFixture } from './fixtures.ts'
import { type BlockJson, NamedBlocks } from './named-blocks.ts'
import { missingTrieNode, type ProofJson, type SlotProofJson, slotKey } from './rpc-answers.ts'
import { AbsentTrieNodeError, type Walk, WitnessTrie } from './witness-trie.ts'

/** A file of `blocks`. */
export interface WitnessedBlock {
  readonly chainId: number
  readonly number: number
  readonly hash: Hex
  readonly hardfork: string
  readonly blockRlp: Hex
  readonly parentStateRoot: Hex
  readonly stateRoot: Hex
  /** Hashes of earlier blocks, including its parent. */
  readonly blockHashes: Readonly<Record<string, Hex>>
  readonly nodes: readonly Hex[]
  readonly codes: readonly Hex[]
}

/** Fields of an account as in the trie. */
interface AccountLeaf {
  readonly nonce: Hex
  readonly balance: Hex
  readonly storageHash: Hex
  readonly codeHash: Hex
}

const ZERO: Hex = '0x0'

export function readWitnessedBlock(name: string): WitnessedBlock {
  return readFixture<WitnessedBlock>(`blocks/${name}`)
}

/** Methods that return trie nodes that are in no proof. Not every node serves them. */
export type DebugMethod = 'debug_executionWitness' | 'debug_dbGet'

/** The endpoint over a file. */
export function witnessEndpoint(
  witness: WitnessedBlock,
  debugMethods: readonly DebugMethod[] = ['debug_executionWitness'],
): WitnessEndpoint {
  const { chainId, parentStateRoot: stateRoot, nodes, codes } = witness
  const blocks = blocksBefore(witness)
  return new WitnessEndpoint({ chainId, stateRoot, nodes, codes, blocks, debugMethods })
}

/** The contents of a {@link WitnessEndpoint}. */
export interface Witness {
  readonly chainId: number
  /** Blocks that it knows. */
  readonly blocks: readonly BlockJson[]
  /** Root of the state it holds. */
  readonly stateRoot: Hex
  readonly nodes: readonly Hex[]
  readonly codes: readonly Hex[]
  readonly debugMethods?: readonly DebugMethod[]
}

export class WitnessEndpoint implements Answers {
  readonly #chainId: Hex
  readonly #blocks: NamedBlocks
  readonly #stateRoot: Hex
  readonly #trie: WitnessTrie
  readonly #codes: ReadonlyMap<Hex, Hex>
  readonly #debugMethods: ReadonlySet<string>
  readonly #state: readonly Hex[]

  constructor({ chainId, blocks, stateRoot, nodes, codes, debugMethods = [] }: Witness) {
    this.#chainId = toHex(chainId)
    this.#blocks = new NamedBlocks(blocks)
    this.#stateRoot = stateRoot
    this.#trie = new WitnessTrie(nodes)
    this.#codes = new Map(codes.map((code) => [keccak256(code), code]))
    this.#debugMethods = new Set(debugMethods)
    this.#state = nodes
  }

  answer(method: string, params: readonly unknown[]): unknown {
    if (this.#debugMethods.has(method)) return this.#debug(method, params[0] as Hex)
    const [first, second, third] = params as readonly Hex[]
    switch (method) {
      case 'eth_chainId':
        return this.#chainId
      case 'eth_getProof':
        return this.#proof(first as Hex, params[1] as readonly Hex[], third)
      case 'eth_getCode':
        return this.#code(this.#account(first as Hex, second).leaf.codeHash)
      case 'eth_getBalance':
        return this.#account(first as Hex, second).leaf.balance
      case 'eth_getTransactionCount':
        return this.#account(first as Hex, second).leaf.nonce
      case 'eth_getStorageAt': {
        const { storageHash } = this.#account(first as Hex, third).leaf
        return slotKey(this.#slot(storageHash, second as Hex).value)
      }
      default:
        return this.#blocks.answer(method, params)
    }
  }

  #debug(method: string, name: Hex): unknown {
    if (method === 'debug_executionWitness') {
      // The witness of a block: the part of its parent's state that it needs.
      const next = BigInt(this.#blocks.state('latest').number) + 1n
      if (BigInt(name) !== next) throw new FakeRpcError(-32_000, 'block not found')
      return { state: this.#state, codes: [...this.#codes.values()], keys: [], headers: [] }
    }
    const node = this.#trie.node(name)
    if (node === undefined) throw new FakeRpcError(-32_000, 'not found')
    return node
  }

  #proof(address: Hex, slots: readonly Hex[], block: unknown): ProofJson {
    const { leaf, proof } = this.#account(address, block)
    return {
      address,
      ...leaf,
      accountProof: proof,
      storageProof: slots.map((slot) => this.#slot(leaf.storageHash, slot)),
    }
  }

  #account(address: Hex, block: unknown): { leaf: AccountLeaf; proof: readonly Hex[] } {
    if (this.#blocks.state(block).stateRoot !== this.#stateRoot) throw missingTrieNode(ZERO_WORD)
    const { proof, value } = this.#walk(this.#stateRoot, address)
    return { leaf: value === undefined ? ABSENT : decodeAccount(value), proof }
  }

  #slot(storageHash: Hex, slot: Hex): SlotProofJson {
    const key = slotKey(slot)
    const { proof, value } = this.#walk(storageHash, key)
    return { key, value: quantity(value === undefined ? undefined : RLP.decode(value)), proof }
  }

  #code(codeHash: Hex): Hex {
    if (codeHash === EMPTY_CODE_HASH) return '0x'
    const code = this.#codes.get(codeHash)
    if (code === undefined) throw missingTrieNode(codeHash)
    return code
  }

  #walk(root: Hex, key: Hex): Walk {
    try {
      return this.#trie.walk(root, key)
    } catch (error) {
      if (error instanceof AbsentTrieNodeError) throw missingTrieNode(error.hash)
      throw error
    }
  }
}

const ABSENT: AccountLeaf = {
  nonce: '0x0',
  balance: '0x0',
  storageHash: keccak256('0x80'),
  codeHash: EMPTY_CODE_HASH,
}

function decodeAccount(value: Uint8Array): AccountLeaf {
  const [nonce, balance, storageHash, codeHash] = RLP.decode(value) as Uint8Array[]
  return {
    nonce: quantity(nonce),
    balance: quantity(balance),
    storageHash: toHex(storageHash as Uint8Array),
    codeHash: toHex(codeHash as Uint8Array),
  }
}

function quantity(bytes: unknown): Hex {
  const digits = Buffer.from((bytes ?? []) as Uint8Array).toString('hex')
  return `0x${digits.replace(/^0+/, '') || '0'}`
}

/**
 * The parent, and earlier blocks whose hashes are known. A file has only the number and hash of
 * each, and the parent's state root. The rest is filled in, so these headers do not match their
 * hashes: a fork must be given the state root to trust.
 */
function blocksBefore({ blockHashes, number, parentStateRoot }: WitnessedBlock): BlockJson[] {
  return Object.entries(blockHashes).map(([name, hash]) => {
    const at = Number(name)
    const header = {
      number: toHex(at),
      hash,
      stateRoot: at === number - 1 ? parentStateRoot : ZERO_WORD,
      parentHash: blockHashes[String(at - 1)] ?? ZERO_WORD,
      timestamp: ZERO,
      transactions: [],
    }
    return header satisfies BlockJson & Record<string, unknown>
  })
}
