/**
 * The persistent store between the core and the chain: what it has is answered from it, what the
 * chain says is kept in it.
 *
 * Invariants: only answers that were used are kept, so those of a block that may have moved are
 * not; local writes never pass here. What the store gives is held to the same checks as an answer
 * of the chain, and what fails them is fetched. A request ends answered, failed or fetched.
 */

import type { Hex } from '../../encoding/hex.ts'
import type { AccountFact } from '../../ffi/account-fact.ts'
import type { CoreRequest } from '../../ffi/fork-request.ts'
import type { BlockFacts, FoundFact } from '../../store/facts/block-facts.ts'
import type { Fact, FactKey } from '../../store/facts/facts.ts'
import type { AnswerSink } from './chain-calls.ts'

/** A request for a fact; what asks for trie nodes is for the chain alone. */
export type FactRequest = CoreRequest & FactKey

export function isFactRequest(request: CoreRequest): request is FactRequest {
  const { kind } = request
  return kind === 'account' || kind === 'storage' || kind === 'code'
}

/** What a look into the store works with. */
export interface ReadThroughContext {
  readonly facts: BlockFacts
  /** Where facts go that were found; does not keep them again. */
  readonly sink: AnswerSink
  /** Ends waiting for what other processes fetch. */
  readonly signal: AbortSignal
  /** Asks the chain for what is missing. */
  fetch(requests: readonly CoreRequest[]): void
}

/**
 * Decides requests: one look into the store for all, then the chain for the rest. Never rejects.
 */
export async function readThrough(
  requests: readonly FactRequest[],
  { facts, sink, signal, fetch }: ReadThroughContext,
): Promise<void> {
  for await (const { found, missing } of facts.load(requests, { signal })) {
    const wrong = found.filter((hit) => !isTaken(hit, sink)).map(({ request }) => request)
    for (const request of wrong) facts.reject(request)
    const left = [...missing, ...wrong]
    if (signal.aborted) facts.abandon(left)
    else if (left.length > 0) fetch(left)
  }
}

/** False if the fact cannot be the answer to its request. */
function isTaken({ request, fact }: FoundFact<FactRequest>, sink: AnswerSink): boolean {
  if (request.kind !== fact.kind) return false
  try {
    if (fact.kind === 'code') return sink.provideCode(request, fact.code)
    if (fact.kind === 'storage') sink.provideStorage(request, fact.value)
    else sink.provideAccount(request, fact.account)
    return true
  } catch {
    return false
  }
}

/**
 * A sink that also keeps what it takes, and lets others fetch what failed.
 *
 * @param factsNow Where it is kept: elsewhere once answers are not proven any more.
 * @param era Aborted when the sink takes nothing any more. Answers that come after that were held
 *   against nothing, so they are not kept either.
 */
export function keeping(
  sink: AnswerSink,
  factsNow: () => BlockFacts,
  era: AbortSignal,
): AnswerSink {
  const keep = (fact: Fact, request: FactKey): void => {
    if (era.aborted) factsNow().abandon([request])
    else factsNow().save([fact])
  }
  const keepAccount = (address: Hex, fact: AccountFact): void => {
    const { balance, nonce, codeHash, storageHash, presence } = fact
    const account = { balance, nonce, codeHash, storageHash, presence }
    keep({ kind: 'account', address, account }, { kind: 'account', address, word: '0x' })
  }
  return {
    provideAccount(request, fact): void {
      sink.provideAccount(request, fact)
      keepAccount(request.address, fact)
    },
    provideStorage(request, value): void {
      sink.provideStorage(request, value)
      const { address, word } = request
      keep({ kind: 'storage', address, word, value }, { kind: 'storage', address, word })
    },
    provideCode(request, code): boolean {
      const isRight = sink.provideCode(request, code)
      const { address, word } = request
      if (isRight) keep({ kind: 'code', word, code }, { kind: 'code', address, word })
      return isRight
    },
    provideNodes: (request) => sink.provideNodes(request),
    insertAccount(generation, address, fact): void {
      sink.insertAccount(generation, address, fact)
      keepAccount(address, fact)
    },
    fail(request, error): void {
      sink.fail(request, error)
      if (isFactRequest(request)) factsNow().abandon([request])
    },
    keccak256: (data) => sink.keccak256(data),
  }
}
