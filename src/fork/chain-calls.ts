/**
 * Turns the requests of the core into few calls: one `eth_getProof` an account with all its slots,
 * one `eth_getCode` a code. Holds each answer against what was asked and hands it to the core.
 *
 * Invariants: an answer is used whole or not at all; a request is answered or failed exactly once.
 */

import type { Hex } from '../encoding/hex.ts'
import { toBytes } from '../encoding/hex.ts'
import { ForkStateError, InvalidHexError, InvalidInputError } from '../errors.ts'
import type { AccountFact, CoreRequest, RequestName } from '../ffi/fork-core.ts'
import type { BlockAnswer, BlockCall } from './block-reader.ts'
import { describeCause } from './errors.ts'
import { RpcError, RpcResponseError } from './rpc/errors.ts'
import type { BlockRef, EthProof, RpcClient } from './rpc/rpc-client.ts'

/** Slots in one `eth_getProof`; geth takes no more. */
export const MAX_SLOTS_PER_PROOF = 1024

/** Where answers go. All but `keccak256` do nothing once the fork was cleared or destroyed. */
export interface AnswerSink {
  provideAccount(request: RequestName, fact: AccountFact): void
  provideStorage(request: RequestName, value: bigint): void
  /** False if the code has another hash than the one requested. */
  provideCode(request: RequestName, code: Uint8Array): boolean
  insertAccount(generation: number, address: Hex, fact: AccountFact): void
  fail(request: RequestName, error: ForkStateError): void
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
  const calls: BlockCall[] = []
  for (const request of requests) {
    if (request.kind === 'code') {
      calls.push(new CodeCall(request, context))
      continue
    }
    const group = groups.get(request.address) ?? { slots: [] }
    groups.set(request.address, group)
    if (request.kind === 'account') group.account = request
    else group.slots.push(request)
  }
  for (const group of groups.values()) calls.push(...proofCalls(group, context))
  return calls
}

function* proofCalls({ account, slots }: Group, context: CallContext): Iterable<BlockCall> {
  let start = 0
  do {
    const part = slots.slice(start, start + MAX_SLOTS_PER_PROOF)
    yield new ProofCall(start === 0 ? account : undefined, part, context)
    start += MAX_SLOTS_PER_PROOF
  } while (start < slots.length)
}

/** An account, or some of its slots, or both. */
class ProofCall implements BlockCall {
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
    const { client, signal } = this.#context
    const slots = this.#slots.map(({ word }) => word)
    const proof = await client.getProof(this.#about.address, slots, block, { signal })
    this.#requireAnswersTheQuestion(proof)
    return {
      showsState: (stateRoot) => this.#startsAt(stateRoot, proof),
      accept: () => this.#accept(proof),
    }
  }

  fail(error: unknown): void {
    const { sink } = this.#context
    const reason = errorOf(error, 'eth_getProof', this.#about.address)
    if (this.#account !== undefined) sink.fail(this.#account, reason)
    for (const slot of this.#slots) sink.fail(slot, reason)
  }

  /** The account that comes with slots goes in first, so that a full cache keeps what was asked. */
  #accept(proof: EthProof): void {
    const { sink } = this.#context
    const { address, generation } = this.#about
    try {
      if (this.#account === undefined) sink.insertAccount(generation, address, proof)
      else sink.provideAccount(this.#account, proof)
      this.#slots.forEach((slot, at) => {
        sink.provideStorage(slot, proof.storageProof[at]?.value as bigint)
      })
    } catch (error) {
      this.fail(error)
    }
  }

  #requireAnswersTheQuestion(proof: EthProof): void {
    const { address } = this.#about
    const isRight =
      proof.address.toLowerCase() === address &&
      proof.storageProof.length === this.#slots.length &&
      proof.storageProof.every(({ key, value }, at) => {
        return key.toLowerCase() === this.#slots[at]?.word && typeof value === 'bigint'
      })
    if (isRight) return
    throw new RpcResponseError('the RPC client answered for another account or other slots', {
      method: 'eth_getProof',
      endpoint: 'the RPC client',
      address,
    })
  }

  #startsAt(stateRoot: Hex, proof: EthProof): boolean {
    const root = proof.accountProof?.[0]
    if (root === undefined) return false
    try {
      return this.#context.sink.keccak256(toBytes(root, 'proof node')) === stateRoot
    } catch {
      return false
    }
  }
}

/** The code of one code hash. */
class CodeCall implements BlockCall {
  readonly #request: CoreRequest
  readonly #context: CallContext

  constructor(request: CoreRequest, context: CallContext) {
    this.#request = request
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
    sink.fail(this.#request, errorOf(error, 'eth_getCode', this.#request.address))
  }

  #accept(code: Hex): void {
    const { address, word } = this.#request
    try {
      if (this.#context.sink.provideCode(this.#request, toBytes(code, 'code'))) return
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
