/**
 * The questions of an `RpcClient` in one form, so that they can be put to several endpoints, and
 * answers compared by what they mean: fields after decoding, not text, and not proofs, which differ
 * between nodes and are checked elsewhere.
 */

import { EMPTY_CODE_HASH, EMPTY_ROOT, ZERO_HASH } from '../../encoding/constants.ts'
import type { Hex } from '../../encoding/hex.ts'
import { InvalidInputError } from '../../errors.ts'
import { describeBlock } from '../methods/validate.ts'
import type {
  AccessListEntry,
  AccountQuery,
  AccountState,
  BlockHeader,
  BlockRef,
  BlockTag,
  CallRequest,
  EthProof,
  JudgedCallOptions,
  RpcBlock,
  RpcCallOptions,
  RpcClient,
  RpcTransaction,
} from '../rpc-client.ts'
import type { CallPlace } from '../transport.ts'

/** What a question is about. */
export interface Subject {
  /** Method on the wire, for messages and for what an endpoint refuses. */
  readonly method: string
  readonly place: CallPlace
  /** The block of a read, to see whether an endpoint can serve it. */
  readonly block?: BlockRef
}

export interface Question<Result> extends Subject {
  readonly ask: (client: RpcClient, options: RpcCallOptions) => Promise<Result>
  /** Equal exactly for answers that mean the same. Readable, as it is shown when they do not. */
  readonly meaning: (result: Result, chainId: bigint) => string
  /** Whether another endpoint should be asked before this answer is believed. */
  readonly isDoubtful?: (result: Result) => boolean
  /** A hint that need not be agreed on. */
  readonly isHint?: true
  /** Throws if an answer is wrong, whatever others say. */
  readonly judge?: ((result: Result, endpoint: string) => void) | undefined
}

/** A question whose answers the caller can tell from wrong ones. */
export function judged<Answer, Result extends Answer | null>(
  question: Question<Result>,
  options: JudgedCallOptions<Answer> | undefined,
): Question<Result> {
  const { judge } = options ?? {}
  if (judge === undefined) return question
  return {
    ...question,
    judge: (result, endpoint) => {
      if (result !== null) judge(result, endpoint)
    },
  }
}

/** What the hashes of an absent account are, which differs between nodes. */
const EMPTY_HASHES: ReadonlySet<string> = new Set([ZERO_HASH, EMPTY_CODE_HASH, EMPTY_ROOT])

export function proofQuestion(
  address: Hex,
  slots: readonly Hex[],
  block: BlockRef,
): Question<EthProof> {
  return {
    method: 'eth_getProof',
    place: { address, block: describeBlock(block) },
    block,
    ask: (client, options) => client.getProof(address, slots, block, options),
    meaning: ({ balance, nonce, codeHash, storageHash, storageProof }) =>
      [
        `balance ${balance}`,
        `nonce ${nonce}`,
        `code hash ${orEmpty(codeHash)}`,
        `storage hash ${orEmpty(storageHash)}`,
        ...storageProof.map(({ key, value }) => `slot ${key}: ${value}`),
      ].join(', '),
  }
}

export function codeQuestion(address: Hex, block: BlockRef): Question<Hex> {
  return {
    method: 'eth_getCode',
    place: { address, block: describeBlock(block) },
    block,
    ask: (client, options) => client.getCode(address, block, options),
    meaning: (code) => code,
  }
}

/** @param knownHash Of the block of that number, if it was seen before. */
export function headerQuestion(
  block: bigint | BlockTag | Hex,
  knownHash?: Hex,
): Question<BlockHeader | null> {
  const isHash = typeof block === 'string' && block.startsWith('0x')
  return {
    method: isHash ? 'eth_getBlockByHash' : 'eth_getBlockByNumber',
    place: { block: String(block) },
    ask: (client, options) => client.getBlock(block, options),
    meaning: (header) =>
      header === null
        ? 'no such block'
        : `block ${header.number} ${header.hash}, state root ${header.stateRoot}, ` +
          `parent ${header.parentHash}, time ${header.timestamp}`,
    isDoubtful: (header) =>
      header === null || (knownHash !== undefined && header.hash !== knownHash),
  }
}

/** By its hash. That an endpoint does not know it yet is not believed alone. */
export function transactionQuestion(hash: Hex): Question<RpcTransaction | null> {
  return {
    method: 'eth_getTransactionByHash',
    place: {},
    ask: (client, options) => client.getTransaction?.(hash, options) ?? notServed('getTransaction'),
    meaning: (found) =>
      found === null
        ? 'no such transaction'
        : `transaction ${found.transactionIndex} of block ${found.blockHash}`,
    isDoubtful: (found) => found?.blockHash === undefined || found.blockHash === null,
  }
}

/** A block by its hash, with its transactions. */
export function fullBlockQuestion(hash: Hex): Question<RpcBlock | null> {
  return {
    method: 'eth_getBlockByHash',
    place: { block: hash },
    ask: (client, options) => client.getFullBlock?.(hash, options) ?? notServed('getFullBlock'),
    meaning: (block) =>
      block === null
        ? 'no such block'
        : `parent ${block.parentHash}, transactions ${block.transactions.map((one) => one.hash)}`,
    isDoubtful: (block) => block === null,
  }
}

/** Asks nothing: every answer comes with the chain id. */
export function chainIdQuestion(): Question<void> {
  return {
    method: 'eth_chainId',
    place: {},
    ask: async () => {},
    meaning: (_, chainId) => `chain id ${chainId}`,
  }
}

export function accountQuestion(query: AccountQuery, block: BlockRef): Question<AccountState> {
  return {
    method: 'account state',
    place: { address: query.address, block: describeBlock(block) },
    block,
    ask: (client, options) =>
      client.getAccountState?.(query, block, options) ?? notServed('getAccountState'),
    meaning: ({ account, values }) =>
      [
        `balance ${account?.balance}`,
        `nonce ${account?.nonce}`,
        `code ${account?.code ?? account?.codeHash}`,
        ...values.map((value, at) => `slot ${query.slots[at]}: ${value}`),
      ].join(', '),
  }
}

/** What a call touches, by either method. */
export function touchedQuestion(
  name: 'createAccessList' | 'traceCallPrestate',
  call: CallRequest,
  block: BlockRef,
): Question<readonly AccessListEntry[]> {
  return {
    method: name === 'createAccessList' ? 'eth_createAccessList' : 'debug_traceCall',
    place: { block: describeBlock(block) },
    block,
    ask: (client, options) => client[name]?.(call, block, options) ?? notServed(name),
    meaning: (entries) => JSON.stringify(entries),
    isHint: true,
  }
}

/** Any other method; answers mean the same if they are the same text. */
export function requestQuestion(
  method: string,
  params: readonly unknown[] = [],
): Question<unknown> {
  return {
    method,
    place: {},
    ask: (client, options) => client.request?.(method, params, options) ?? notServed('request'),
    meaning: (answer) => JSON.stringify(answer),
  }
}

/** Only clients that have a method are asked for it. */
function notServed(name: string): Promise<never> {
  return Promise.reject(new InvalidInputError(`the RPC client has no ${name}()`))
}

function orEmpty(hash: Hex): string {
  return EMPTY_HASHES.has(hash) ? 'of nothing' : hash
}
