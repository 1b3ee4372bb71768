/**
 * Turns the requests of the core into few calls: one `eth_getProof` an account with all its slots,
 * one `eth_getCode` a code hash. Where the node serves no proofs the account and its slots are asked
 * for without. Holds each answer against what was asked and hands it to the core.
 *
 * Invariants: all of an answer is checked before anything of it is used; a request is answered or
 * failed exactly once.
 */

import type { Hex } from '../encoding/hex.ts'
import { toBytes } from '../encoding/hex.ts'
import { ForkStateError, InvalidHexError, InvalidInputError } from '../errors.ts'
import type { AccountFact, CoreRequest } from '../ffi/fork-core.ts'
import type { AccountAnswer } from './account-answer.ts'
import { checkProof, checkState } from './account-answer.ts'
import type { BlockAnswer, BlockCall } from './block-reader.ts'
import { describeCause, kindOf } from './errors.ts'
import { RpcError, RpcResponseError } from './rpc/errors.ts'
import type { AccountState, BlockRef, RpcClient } from './rpc/rpc-client.ts'

/** Slots in one `eth_getProof`; geth takes no more. */
export const MAX_SLOTS_PER_PROOF = 1024

/** Where answers go. All but `keccak256` do nothing once the fork was cleared or destroyed. */
export interface AnswerSink {
  provideAccount(request: CoreRequest, fact: AccountFact): void
  provideStorage(request: CoreRequest, value: bigint): void
  /** False if the code has another hash than the one requested. */
  provideCode(request: CoreRequest, code: Uint8Array): boolean
  insertAccount(generation: number, address: Hex, fact: AccountFact): void
  fail(request: CoreRequest, error: ForkStateError): void
  keccak256(data: Uint8Array): Hex
}

/** What every call needs. */
export interface CallContext {
  readonly client: RpcClient
  readonly sink: AnswerSink
  /** Ends the calls. */
  readonly signal: AbortSignal
}

interface Group {
  account?: CoreRequest
  readonly slots: CoreRequest[]
}

/** The calls that answer these requests. */
export function planCalls(requests: readonly CoreRequest[], context: CallContext): BlockCall[] {
  const groups = new Map<Hex, Group>()
  const codes = new Map<Hex, CoreRequest[]>()
  const calls: BlockCall[] = []
  for (const request of requests) {
    if (request.kind === 'code') {
      const twins = codes.get(request.word) ?? []
      codes.set(request.word, twins)
      twins.push(request)
      continue
    }
    const group = groups.get(request.address) ?? { slots: [] }
    groups.set(request.address, group)
    if (request.kind === 'account') group.account = request
    else group.slots.push(request)
  }
  for (const twins of codes.values()) calls.push(new CodeCall(twins, context))
  for (const group of groups.values()) calls.push(...accountCalls(group, context))
  return calls
}

function* accountCalls({ account, slots }: Group, context: CallContext): Iterable<BlockCall> {
  let start = 0
  do {
    const part = slots.slice(start, start + MAX_SLOTS_PER_PROOF)
    yield new AccountCall(start === 0 ? account : undefined, part, context)
    start += MAX_SLOTS_PER_PROOF
  } while (start < slots.length)
}

/** An account, or some of its slots, or both. */
class AccountCall implements BlockCall {
  readonly #account: CoreRequest | undefined
  readonly #slots: readonly CoreRequest[]
  readonly #context: CallContext
  readonly #about: CoreRequest

  constructor(
    account: CoreRequest | undefined,
    slots: readonly CoreRequest[],
    context: CallContext,
  ) {
    this.#account = account
    this.#slots = slots
    this.#context = context
    this.#about = account ?? (slots[0] as CoreRequest)
  }

  async send(block: BlockRef): Promise<BlockAnswer> {
    const answer = await this.#ask(block)
    return {
      showsState: (stateRoot) => this.#startsAt(stateRoot, answer),
      accept: () => this.#accept(answer),
    }
  }

  /** Without proofs only of a node that does not serve them, which its client shows. */
  async #ask(block: BlockRef): Promise<AccountAnswer> {
    const { client } = this.#context
    if (client.getAccountState === undefined) return await this.#askForProof(block)
    if (client.capabilities?.().eth_getProof === 'refused') return await this.#askForState(block)
    try {
      return await this.#askForProof(block)
    } catch (error) {
      if (kindOf(error) !== 'unsupported-method') throw error
      return await this.#askForState(block)
    }
  }

  async #askForProof(block: BlockRef): Promise<AccountAnswer> {
    const { client, signal } = this.#context
    const { address } = this.#about
    const slots = this.#slots.map(({ word }) => word)
    const proof = await client.getProof(address, slots, block, { signal })
    return checkProof(proof, { method: 'eth_getProof', address, slots })
  }

  async #askForState(block: BlockRef): Promise<AccountAnswer> {
    const { client, sink, signal } = this.#context
    const { address } = this.#about
    const slots = this.#slots.map(({ word }) => word)
    const want = this.#account === undefined ? 'slots' : 'all'
    const query = { address, slots, want } as const
    const state = await client.getAccountState?.(query, block, { signal })
    const asked = { method: 'getAccountState', ...query }
    return checkState(state as AccountState, asked, (data) => sink.keccak256(data))
  }

  fail(error: unknown): void {
    const { sink } = this.#context
    const reason = errorOf(error, 'eth_getProof', this.#about.address)
    if (this.#account !== undefined) sink.fail(this.#account, reason)
    for (const slot of this.#slots) sink.fail(slot, reason)
  }

  /** The account that comes with slots goes in first, so that a full cache keeps what was asked. */
  #accept({ fact, values }: AccountAnswer): void {
    const { sink } = this.#context
    const { address, generation } = this.#about
    try {
      if (fact !== undefined) {
        if (this.#account === undefined) sink.insertAccount(generation, address, fact)
        else sink.provideAccount(this.#account, fact)
      }
      this.#slots.forEach((slot, at) => {
        sink.provideStorage(slot, values[at] as bigint)
      })
    } catch (error) {
      this.fail(error)
    }
  }

  #startsAt(stateRoot: Hex, { firstNode }: AccountAnswer): boolean {
    if (firstNode === undefined) return false
    try {
      return this.#context.sink.keccak256(toBytes(firstNode as Hex, 'proof node')) === stateRoot
    } catch {
      return false
    }
  }
}

/** The code of one code hash, for all accounts that have it. */
class CodeCall implements BlockCall {
  readonly #requests: readonly CoreRequest[]
  /** The first: any account that has the code will do. */
  readonly #request: CoreRequest
  readonly #context: CallContext

  constructor(requests: readonly CoreRequest[], context: CallContext) {
    this.#requests = requests
    this.#request = requests[0] as CoreRequest
    this.#context = context
  }

  async send(block: BlockRef): Promise<BlockAnswer> {
    const { client, signal } = this.#context
    const code = await client.getCode(this.#request.address, block, { signal })
    // Code must have the hash requested, whatever the block: that shows more than a state root.
    return { showsState: () => true, accept: () => this.#accept(code) }
  }

  fail(error: unknown): void {
    const { sink } = this.#context
    const reason = errorOf(error, 'eth_getCode', this.#request.address)
    for (const request of this.#requests) sink.fail(request, reason)
  }

  #accept(code: Hex): void {
    const { address, word } = this.#request
    try {
      const bytes = toBytes(code, 'code')
      const { sink } = this.#context
      if (this.#requests.every((request) => sink.provideCode(request, bytes))) return
      throw new RpcResponseError('the code does not have the code hash of the account', {
        method: 'eth_getCode',
        endpoint: 'the RPC client',
        address,
        details: `expected code hash ${word}, got ${(code.length - 2) / 2} bytes of other code`,
        hint: 'the node is inconsistent; use another endpoint',
      })
    } catch (error) {
      this.fail(error)
    }
  }
}

/**
 * The error that all readers get, of this package whoever threw it. A value that could not be
 * written into the core is the fault of the answer.
 */
function errorOf(error: unknown, method: string, address: Hex): ForkStateError {
  const isMalformed = error instanceof InvalidInputError || error instanceof InvalidHexError
  if (error instanceof ForkStateError && !isMalformed) return error
  const endpoint = 'the RPC client'
  const fields = { method, endpoint, address, cause: error, details: describeCause(error) }
  return isMalformed
    ? new RpcResponseError(`${method}: ${endpoint} answered with a malformed value`, fields)
    : new RpcError(`${method}: ${endpoint} failed`, fields)
}
