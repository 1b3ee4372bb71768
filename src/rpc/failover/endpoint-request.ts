/**
 * The requests of an `RpcClient` in one form, so that they can be sent to several endpoints, and
 * their answers compared by meaning: by decoded fields, not by text, and not by proofs, which
 * differ between nodes and are verified elsewhere.
 */

import { InvalidInputError } from '../../diagnostics/errors.ts'
import { EMPTY_CODE_HASH, EMPTY_ROOT, ZERO_WORD } from '../../encoding/constants.ts'
import type { Hex } from '../../encoding/hex.ts'
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
  RpcBlock,
  RpcCallOptions,
  RpcClient,
  RpcTransaction,
  VerifiedCallOptions,
} from '../rpc-client.ts'
import type { CallPlace } from '../transport.ts'

/** What a request is about. */
export interface RequestSubject {
  /** Method on the wire, for messages and to remember refusals. */
  readonly method: string
  readonly place: CallPlace
  /** The block of a read, to check whether an endpoint can serve it. */
  readonly block?: BlockRef
}

export interface EndpointRequest<Result> extends RequestSubject {
  readonly send: (client: RpcClient, options: RpcCallOptions) => Promise<Result>
  /**
   * Equal if and only if two answers mean the same. Readable, since it is shown when endpoints
   * disagree.
   */
  readonly summary: (result: Result, chainId: bigint) => string
  /** Whether another endpoint must confirm this answer before it is accepted. */
  readonly needsConfirmation?: (result: Result) => boolean
  /** The answer is a hint that needs no quorum. */
  readonly isHint?: true
  /** Throws if an answer is wrong, no matter how many endpoints agree on it. */
  readonly verify?: ((result: Result, endpoint: string) => void) | undefined
}

/** Adds the caller's verification of answers to a request. */
export function withVerify<Answer, Result extends Answer | null>(
  request: EndpointRequest<Result>,
  options: VerifiedCallOptions<Answer> | undefined,
): EndpointRequest<Result> {
  const { verify } = options ?? {}
  if (verify === undefined) return request
  return {
    ...request,
    verify: (result, endpoint) => {
      if (result !== null) verify(result, endpoint)
    },
  }
}

/** The hashes of an absent account, which differ between nodes. */
const EMPTY_HASHES: ReadonlySet<string> = new Set([ZERO_WORD, EMPTY_CODE_HASH, EMPTY_ROOT])

export function proofRequest(
  address: Hex,
  slots: readonly Hex[],
  block: BlockRef,
): EndpointRequest<EthProof> {
  return {
    method: 'eth_getProof',
    place: { address, block: describeBlock(block) },
    block,
    send: (client, options) => client.getProof(address, slots, block, options),
    summary: ({ balance, nonce, codeHash, storageHash, storageProof }) =>
      [
        `balance ${balance}`,
        `nonce ${nonce}`,
        `code hash ${orEmpty(codeHash)}`,
        `storage hash ${orEmpty(storageHash)}`,
        ...storageProof.map(({ key, value }) => `slot ${key}: ${value}`),
      ].join(', '),
  }
}

export function codeRequest(address: Hex, block: BlockRef): EndpointRequest<Hex> {
  return {
    method: 'eth_getCode',
    place: { address, block: describeBlock(block) },
    block,
    send: (client, options) => client.getCode(address, block, options),
    summary: (code) => code,
  }
}

/** @param knownHash Hash of the block of that number, if it is known. */
export function headerRequest(
  block: bigint | BlockTag | Hex,
  knownHash?: Hex,
): EndpointRequest<BlockHeader | null> {
  const isHash = typeof block === 'string' && block.startsWith('0x')
  return {
    method: isHash ? 'eth_getBlockByHash' : 'eth_getBlockByNumber',
    place: { block: String(block) },
    send: (client, options) => client.getBlock(block, options),
    summary: (header) =>
      header === null
        ? 'no such block'
        : `block ${header.number} ${header.hash}, state root ${header.stateRoot}, ` +
          `parent ${header.parentHash}, time ${header.timestamp}`,
    needsConfirmation: (header) =>
      header === null || (knownHash !== undefined && header.hash !== knownHash),
  }
}

/**
 * A transaction by its hash. An endpoint that does not know it, or knows no block of it, needs
 * confirmation.
 */
export function transactionRequest(hash: Hex): EndpointRequest<RpcTransaction | null> {
  return {
    method: 'eth_getTransactionByHash',
    place: {},
    send: (client, options) =>
      client.getTransaction?.(hash, options) ?? notServed('getTransaction'),
    summary: (found) =>
      found === null
        ? 'no such transaction'
        : `transaction ${found.transactionIndex} of block ${found.blockHash}`,
    needsConfirmation: (found) => found?.blockHash === undefined || found.blockHash === null,
  }
}

/** A block by its hash, with its transactions. */
export function fullBlockRequest(hash: Hex): EndpointRequest<RpcBlock | null> {
  return {
    method: 'eth_getBlockByHash',
    place: { block: hash },
    send: (client, options) => client.getFullBlock?.(hash, options) ?? notServed('getFullBlock'),
    summary: (block) =>
      block === null
        ? 'no such block'
        : `parent ${block.parentHash}, transactions ${block.transactions.map((one) => one.hash)}`,
    needsConfirmation: (block) => block === null,
  }
}

/** Sends nothing: every answer comes with the chain id. */
export function chainIdRequest(): EndpointRequest<void> {
  return {
    method: 'eth_chainId',
    place: {},
    send: async () => {},
    summary: (_, chainId) => `chain id ${chainId}`,
  }
}

export function accountRequest(
  query: AccountQuery,
  block: BlockRef,
): EndpointRequest<AccountState> {
  return {
    method: 'account state',
    place: { address: query.address, block: describeBlock(block) },
    block,
    send: (client, options) =>
      client.getAccountState?.(query, block, options) ?? notServed('getAccountState'),
    summary: ({ account, values }) =>
      [
        `balance ${account?.balance}`,
        `nonce ${account?.nonce}`,
        `code ${account?.code ?? account?.codeHash}`,
        ...values.map((value, at) => `slot ${query.slots[at]}: ${value}`),
      ].join(', '),
  }
}

/** The accounts and slots that a call touches, by either method. */
export function touchedKeysRequest(
  name: 'createAccessList' | 'traceCallPrestate',
  call: CallRequest,
  block: BlockRef,
): EndpointRequest<readonly AccessListEntry[]> {
  return {
    method: name === 'createAccessList' ? 'eth_createAccessList' : 'debug_traceCall',
    place: { block: describeBlock(block) },
    block,
    send: (client, options) => client[name]?.(call, block, options) ?? notServed(name),
    summary: (entries) => JSON.stringify(entries),
    isHint: true,
  }
}

/** Any other method; answers are equal if their text is equal. */
export function rawRequest(
  method: string,
  params: readonly unknown[] = [],
): EndpointRequest<unknown> {
  return {
    method,
    place: {},
    send: (client, options) => client.request?.(method, params, options) ?? notServed('request'),
    summary: (answer) => JSON.stringify(answer),
  }
}

/** Only clients that have a method get its requests. */
function notServed(name: string): Promise<never> {
  return Promise.reject(new InvalidInputError(`the RPC client has no ${name}()`))
}

function orEmpty(hash: Hex): string {
  return EMPTY_HASHES.has(hash) ? 'of nothing' : hash
}
