/**
 * Answers as an archive node from a recording: two neighbouring blocks of a real chain, and proven
 * state of both. It refuses what was not recorded, as a node refuses state that it has pruned.
 *
 * Accounts and slots can be requested in any groups, however they were recorded.
 */

import type { Hex } from 'viem'
import { EMPTY_ROOT, ZERO_WORD } from '../../src/encoding/constants.ts'

import type { Answers } from './fake-upstream.ts'
import { readFixture } from './fixtures.ts'
import { type BlockJson, NamedBlocks } from './named-blocks.ts'
import { missingTrieNode, type ProofJson, type SlotProofJson, slotKey } from './rpc-answers.ts'

/** A file of `rpc-blocks`. */
export interface BlockRecording {
  readonly chainId: number
  readonly blockNumber: number
  readonly forkBlock: number
  readonly parentStateRoot: Hex
  readonly stateRoot: Hex
  readonly receiptsRoot: Hex
  readonly gasUsed: Hex
  readonly exchanges: readonly Exchange[]
}

interface Exchange {
  readonly method: string
  readonly params: readonly unknown[]
  readonly result: unknown
}

/** An account of one block, with the slots that were recorded. */
interface RecordedAccount {
  readonly proof: ProofJson
  readonly slots: ReadonlyMap<Hex, SlotProofJson>
}

const NO_STORAGE: ReadonlySet<string> = new Set([ZERO_WORD, EMPTY_ROOT])

export function readRecording(name: string): BlockRecording {
  return readFixture<BlockRecording>(`rpc-blocks/${name}`)
}

export class RecordedEndpoint implements Answers {
  readonly blocks: NamedBlocks
  readonly #chainId: Hex
  /** By block hash and address. */
  readonly #accounts = new Map<string, RecordedAccount>()
  readonly #codes = new Map<string, Hex>()

  constructor(recording: BlockRecording) {
    const { exchanges } = recording
    const blocks = exchanges.filter(({ method }) => method === 'eth_getBlockByNumber')
    this.#chainId = `0x${recording.chainId.toString(16)}`
    this.blocks = new NamedBlocks(blocks.map(({ result }) => result as BlockJson))
    for (const { method, params, result } of exchanges) {
      if (method === 'eth_getProof') {
        this.#addProof(this.#key(params[0], params[2]), result as ProofJson)
      }
      if (method === 'eth_getCode') this.#codes.set(this.#key(params[0], params[1]), result as Hex)
    }
  }

  answer(method: string, params: readonly unknown[]): unknown {
    const [first, second, third] = params
    switch (method) {
      case 'eth_chainId':
        return this.#chainId
      case 'eth_getProof':
        return this.#proof(first, second as readonly string[], third)
      case 'eth_getCode':
        return this.#code(this.#key(first, second))
      case 'eth_getBalance':
        return this.#account(first, second).proof.balance
      case 'eth_getTransactionCount':
        return this.#account(first, second).proof.nonce
      case 'eth_getStorageAt':
        return slotKey(slotOf(this.#account(first, third), second as string).value)
      default:
        return this.blocks.answer(method, params)
    }
  }

  #proof(address: unknown, slots: readonly string[], block: unknown): ProofJson {
    const account = this.#account(address, block)
    return { ...account.proof, storageProof: slots.map((slot) => slotOf(account, slot)) }
  }

  #code(key: string): Hex {
    const code = this.#codes.get(key)
    if (code === undefined) throw missingTrieNode(key)
    return code
  }

  #account(address: unknown, block: unknown): RecordedAccount {
    const key = this.#key(address, block)
    const account = this.#accounts.get(key)
    if (account === undefined) throw missingTrieNode(key)
    return account
  }

  #key(address: unknown, block: unknown): string {
    return `${this.blocks.state(block).hash} ${String(address).toLowerCase()}`
  }

  /** An account may have been recorded in several answers, each with other slots. */
  #addProof(key: string, proof: ProofJson): void {
    const slots = new Map(this.#accounts.get(key)?.slots)
    for (const slot of proof.storageProof) slots.set(slotKey(slot.key), slot)
    this.#accounts.set(key, { proof, slots })
  }
}

function slotOf({ proof, slots }: RecordedAccount, slot: string): SlotProofJson {
  const recorded = slots.get(slotKey(slot))
  if (recorded !== undefined) return recorded
  // Empty storage needs no proof.
  if (NO_STORAGE.has(proof.storageHash)) return { key: slotKey(slot), value: '0x0', proof: [] }
  throw missingTrieNode(proof.storageHash)
}
