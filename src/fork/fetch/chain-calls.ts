/**
 * Turns the requests of the core into few calls: one `eth_getProof` per account with all its slots,
 * one `eth_getCode` per code hash. Where the node serves no proofs, the account and its slots are
 * read without them. Each answer is checked against what was asked and handed to the core.
 *
 * Invariants: an answer is checked whole before any part of it is used; each request is answered or
 * failed exactly once.
 */

import { ForkStateError, InvalidHexError, InvalidInputError } from '../../diagnostics/errors.ts'
import type { Hex } from '../../encoding/hex.ts'
import { toBytes } from '../../encoding/hex.ts'
import type { CoreRequest } from '../../ffi/fork-request.ts'
import { InternalError } from '../../ffi/status.ts'
import { RpcError, RpcResponseError } from '../../rpc/errors.ts'
import type {
  BlockRef,
  EthProof,
  RpcCallOptions,
  RpcClient,
  RpcPriority,
} from '../../rpc/rpc-client.ts'
import type { BlockAnswer, BlockCall } from '../block/block-reader.ts'
import { describeCause, kindOf, ProofError } from '../errors.ts'
import type { AccountAnswer, AccountQuestion } from './account-answer.ts'
import { checkProof, checkState } from './account-answer.ts'
import type { AnswerSink } from './answer-sink.ts'
import type { Prover } from './prover.ts'
import type { RequestUrgency } from './waiting-reads.ts'

const THE_CLIENT = 'the RPC client'

/** Slots in one `eth_getProof`; geth accepts no more. */
export const MAX_SLOTS_PER_PROOF = 1024

/** What every call needs. */
export interface CallContext {
  readonly client: RpcClient
  readonly sink: AnswerSink
  /** Aborts the calls. */
  readonly signal: AbortSignal
  /** How soon each request is needed. Default: all are urgent. */
  readonly urgency?: RequestUrgency
  /** Proves answers; without it, they are used unproven. */
  readonly prover?: Prover | undefined
  /**
   * Called before state is read without proofs because the node serves none.
   *
   * @throws ProofError if that is not allowed.
   */
  onUnproven?(cause: unknown): void
}

/** What is wanted of one account. */
interface Group {
  /** Requests for the account itself: its fields, its proof, or both. */
  readonly accounts: CoreRequest[]
  /** Requests by slot: its value, its proof, or both. */
  readonly slots: Map<Hex, CoreRequest[]>
}

/** The calls that answer these requests. None of them may be for a single trie node. */
export function planCalls(requests: readonly CoreRequest[], context: CallContext): BlockCall[] {
  const groups = new Map<string, Group>()
  const codes = new Map<Hex, CoreRequest[]>()
  const calls: BlockCall[] = []
  for (const request of requests) {
    const { kind, address, word } = request
    if (kind === 'code') {
      addTo(codes, word, request)
      continue
    }
    // A failed proof must not fail the reads that need none.
    const isApart = needsProofNodes(request) && context.prover?.isOn !== true
    const name = isApart ? `proof of ${address}` : address
    const group: Group = groups.get(name) ?? { accounts: [], slots: new Map() }
    groups.set(name, group)
    if (kind === 'account' || kind === 'accountProof') group.accounts.push(request)
    else addTo(group.slots, word, request)
  }
  for (const group of codes.values()) calls.push(new CodeCall(group, context))
  for (const group of groups.values()) calls.push(...accountCalls(group, context))
  return calls
}

function addTo(lists: Map<Hex, CoreRequest[]>, key: Hex, request: CoreRequest): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [request])
  else list.push(request)
}

function needsProofNodes({ kind }: Pick<CoreRequest, 'kind'>): boolean {
  return kind === 'accountProof' || kind === 'storageProof'
}

function* accountCalls({ accounts, slots }: Group, context: CallContext): Iterable<BlockCall> {
  const all = [...slots.values()]
  let start = 0
  do {
    const part = all.slice(start, start + MAX_SLOTS_PER_PROOF)
    yield new AccountCall(start === 0 ? accounts : [], part, context)
    start += MAX_SLOTS_PER_PROOF
  } while (start < all.length)
}

/** An account, or some of its slots, or both. */
class AccountCall implements BlockCall {
  readonly #accounts: readonly CoreRequest[]
  /** The requests of each slot. */
  readonly #slots: readonly (readonly CoreRequest[])[]
  readonly #requests: readonly CoreRequest[]
  readonly #context: CallContext
  readonly #about: CoreRequest
  readonly #question: AccountQuestion
  readonly #options: RpcCallOptions
  readonly #needsProof: boolean

  constructor(
    accounts: readonly CoreRequest[],
    slots: readonly (readonly CoreRequest[])[],
    context: CallContext,
  ) {
    this.#accounts = accounts
    this.#slots = slots
    this.#requests = [...accounts, ...slots.flat()]
    this.#context = context
    this.#about = this.#requests[0] as CoreRequest
    this.#question = {
      method: 'eth_getProof',
      address: this.#about.address,
      slots: slots.map(([request]) => (request as CoreRequest).word),
    }
    this.#options = callOptions(this.#requests, context)
    this.#needsProof = this.#requests.some(needsProofNodes)
  }

  get priority(): RpcPriority | undefined {
    return this.#options.priority
  }

  async send(block: BlockRef): Promise<BlockAnswer> {
    const answer = await this.#ask(block)
    return {
      showsState: (stateRoot) => answer.isProven === true || this.#startsAt(stateRoot, answer),
      accept: () => this.#accept(answer),
    }
  }

  /** Asks without proofs only where the node does not serve them, as its client reports. */
  async #ask(block: BlockRef): Promise<AccountAnswer> {
    const { client } = this.#context
    const isRefused = client.capabilities?.().eth_getProof === 'refused'
    if (isRefused && !this.#needsProof) return await this.#askUnproven(block, undefined)
    try {
      return await this.#askForProof(block)
    } catch (error) {
      if (kindOf(error) !== 'unsupported-method') throw error
      if (this.#needsProof) throw this.#noProof(error)
      return await this.#askUnproven(block, error)
    }
  }

  async #askForProof(block: BlockRef): Promise<AccountAnswer> {
    const { client, prover } = this.#context
    const { address, slots } = this.#question
    if (prover === undefined || !(prover.isOn || this.#needsProof)) {
      const proof = await client.getProof(address, slots, block, this.#options)
      return checkProof(proof, this.#question)
    }
    let verified: { readonly proof: EthProof; readonly answer: AccountAnswer } | undefined
    const asked = { ...this.#question, generation: this.#about.generation }
    const prove = (given: EthProof, endpoint: string): AccountAnswer =>
      prover.prove(checkProof(given, asked), { ...asked, endpoint })
    const verify = (given: EthProof, endpoint: string): void => {
      verified = { proof: given, answer: prove(given, endpoint) }
    }
    const options = { ...this.#options, verify }
    const proof = await client.getProof(address, slots, block, options)
    if (verified?.proof === proof) return verified.answer
    return prove(proof, client.endpoint ?? THE_CLIENT)
  }

  /** @throws ProofError if that is not allowed; `cause` if the client has no method for it. */
  async #askUnproven(block: BlockRef, cause: unknown): Promise<AccountAnswer> {
    const { client, sink } = this.#context
    this.#context.onUnproven?.(cause)
    if (client.getAccountState === undefined) {
      if (cause !== undefined) throw cause
      return await this.#askForProof(block)
    }
    const { address, slots } = this.#question
    const want = this.#accounts.length === 0 ? 'slots' : 'all'
    const query = { address, slots, want } as const
    const state = await client.getAccountState(query, block, this.#options)
    const asked = { method: 'getAccountState', ...query }
    return checkState(state, asked, (data) => sink.keccak256(data))
  }

  #noProof(cause: unknown): ProofError {
    const { address } = this.#question
    return new ProofError('the node serves no proofs, but a state root or proof needs them', {
      check: 'unavailable',
      endpoint: this.#context.client.endpoint ?? THE_CLIENT,
      address,
      cause,
      hint: 'use an endpoint that serves eth_getProof',
    })
  }

  fail(error: unknown): void {
    const { sink } = this.#context
    const { method, address } = this.#question
    const reason = errorOf(error, method, address)
    for (const request of this.#requests) sink.fail(request, reason)
  }

  /** An account that comes along with slots goes in first, so a full cache keeps what was asked. */
  #accept({ fact, values }: AccountAnswer): void {
    const { sink } = this.#context
    const { address, generation } = this.#about
    const wanted = this.#accounts.find(({ kind }) => kind === 'account')
    try {
      if (fact !== undefined) {
        if (wanted === undefined) sink.insertAccount(generation, address, fact)
        else sink.provideAccount(wanted, fact)
      }
      this.#slots.forEach((requests, at) => {
        for (const request of requests) {
          if (!needsProofNodes(request)) sink.provideStorage(request, values[at] as bigint)
        }
      })
      for (const request of this.#requests) {
        if (needsProofNodes(request) && !sink.provideTrieNodes(request))
          throw lostTrieNodes(request)
      }
    } catch (error) {
      this.fail(error)
    }
  }

  #startsAt(stateRoot: Hex, { proof }: AccountAnswer): boolean {
    const firstNode = proof?.account[0]
    if (firstNode === undefined) return false
    try {
      return this.#context.sink.keccak256(toBytes(firstNode, 'trie node')) === stateRoot
    } catch {
      return false
    }
  }
}

/** The core just took these trie nodes in the same turn, so they cannot be gone. */
function lostTrieNodes({ kind, address }: CoreRequest): InternalError {
  return new InternalError(`the trie nodes of a proof were not kept: ${kind}`, { address })
}

/** Fetches the code of one code hash, for all accounts that have it. */
class CodeCall implements BlockCall {
  readonly #requests: readonly CoreRequest[]
  /** The first of them; any account that has the code will do. */
  readonly #request: CoreRequest
  readonly #context: CallContext
  readonly #options: RpcCallOptions

  constructor(requests: readonly CoreRequest[], context: CallContext) {
    this.#requests = requests
    this.#request = requests[0] as CoreRequest
    this.#context = context
    this.#options = callOptions(requests, context)
  }

  get priority(): RpcPriority | undefined {
    return this.#options.priority
  }

  async send(block: BlockRef): Promise<BlockAnswer> {
    const { client } = this.#context
    const { address } = this.#request
    const verify = (answer: Hex, endpoint: string): void => this.#verify(answer, endpoint)
    const code = await client.getCode(address, block, { ...this.#options, verify })
    // Code must have the requested hash, whatever the block: that shows more than a state root.
    return { showsState: () => true, accept: () => this.#accept(code) }
  }

  fail(error: unknown): void {
    const { sink } = this.#context
    const reason = errorOf(error, 'eth_getCode', this.#request.address)
    for (const request of this.#requests) sink.fail(request, reason)
  }

  #accept(code: Hex): void {
    const { client, sink } = this.#context
    try {
      const bytes = toBytes(code, 'code')
      if (this.#requests.every((request) => sink.provideCode(request, bytes))) return
      throw this.#wrongCode(code, client.endpoint ?? THE_CLIENT)
    } catch (error) {
      this.fail(error)
    }
  }

  #verify(code: Hex, endpoint: string): void {
    const found = this.#context.sink.keccak256(toBytes(code, 'code'))
    if (found !== this.#request.word) throw this.#wrongCode(code, endpoint)
  }

  #wrongCode(code: Hex, endpoint: string): RpcResponseError {
    const { address, word } = this.#request
    return new RpcResponseError('the code does not have the code hash of the account', {
      method: 'eth_getCode',
      endpoint,
      address,
      details: `expected code hash ${word}, got ${(code.length - 2) / 2} bytes of other code`,
      hint: 'the node is inconsistent; use another endpoint',
    })
  }
}

/** A call that answers several requests is as urgent as the most urgent of them. */
function callOptions(requests: readonly CoreRequest[], context: CallContext): RpcCallOptions {
  const { signal, urgency } = context
  const isGuess = requests.every(({ id }) => urgency?.priorityOf(id) === 'prefetch')
  if (!isGuess) return { signal }
  const controller = new AbortController()
  for (const { id } of requests) urgency?.whenUrgent(id, () => controller.abort())
  return { signal, priority: 'prefetch', urgent: controller.signal }
}

/**
 * The error that all readers get: always one of this package, whoever threw the original. A value
 * that the core did not accept is the fault of the answer.
 */
function errorOf(error: unknown, method: string, address: Hex): ForkStateError {
  const isMalformed = error instanceof InvalidInputError || error instanceof InvalidHexError
  if (error instanceof ForkStateError && !isMalformed) return error
  const endpoint = THE_CLIENT
  const fields = { method, endpoint, address, cause: error, details: describeCause(error) }
  return isMalformed
    ? new RpcResponseError(`${method}: ${endpoint} answered with a malformed value`, fields)
    : new RpcError(`${method}: ${endpoint} failed`, fields)
}
