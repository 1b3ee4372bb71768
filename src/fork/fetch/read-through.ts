/**
 * The persistent store between the core and the chain: requests are answered from it where it has
 * the fact, and answers of the chain are saved in it.
 *
 * Invariants: only answers that were used are saved, so none of a block that may have moved; local
 * writes never pass through here. Facts from the store pass the same checks as answers of the
 * chain; those that fail are fetched. Each request ends answered, failed or fetched.
 */

import type { Hex } from '../../encoding/hex.ts'
import type { AccountFact } from '../../ffi/account-fact.ts'
import type { CoreRequest } from '../../ffi/fork-request.ts'
import type { BlockFacts, FoundFact } from '../../store/facts/block-facts.ts'
import type { Fact, FactKey } from '../../store/facts/facts.ts'
import type { AnswerSink } from './answer-sink.ts'

/** A request for a fact. Trie nodes are no facts, and are never in the store. */
export type FactRequest = CoreRequest & FactKey

export function isFactRequest(request: CoreRequest): request is FactRequest {
  const { kind } = request
  return kind === 'account' || kind === 'storage' || kind === 'code'
}

/** What a look into the store works with. */
export interface ReadThroughContext {
  readonly facts: BlockFacts
  /** Takes the facts that are found; does not save them again. */
  readonly sink: AnswerSink
  /** Ends waiting for facts that other processes fetch. */
  readonly signal: AbortSignal
  /** Asks the chain for what is missing. */
  fetch(requests: readonly CoreRequest[]): void
}

/**
 * Answers requests with one look into the store, and has the chain asked for the rest. Never
 * rejects.
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
 * A sink that also saves the answers it takes, and lets other processes fetch what failed.
 *
 * @param factsNow Where answers are saved. This changes when answers are no longer proven.
 * @param signal Aborted when the sink takes no more answers. Answers that come later were not
 *   checked, so they are not saved either.
 */
export function storingSink(
  sink: AnswerSink,
  factsNow: () => BlockFacts,
  signal: AbortSignal,
): AnswerSink {
  const save = (fact: Fact, request: FactKey): void => {
    if (signal.aborted) factsNow().abandon([request])
    else factsNow().save([fact])
  }
  const saveAccount = (address: Hex, fact: AccountFact): void => {
    const { balance, nonce, codeHash, storageHash, presence } = fact
    const account = { balance, nonce, codeHash, storageHash, presence }
    save({ kind: 'account', address, account }, { kind: 'account', address, word: '0x' })
  }
  return {
    provideAccount(request, fact): void {
      sink.provideAccount(request, fact)
      saveAccount(request.address, fact)
    },
    provideStorage(request, value): void {
      sink.provideStorage(request, value)
      const { address, word } = request
      save({ kind: 'storage', address, word, value }, { kind: 'storage', address, word })
    },
    provideCode(request, code): boolean {
      const isRight = sink.provideCode(request, code)
      const { address, word } = request
      if (isRight) save({ kind: 'code', word, code }, { kind: 'code', address, word })
      return isRight
    },
    provideTrieNodes: (request) => sink.provideTrieNodes(request),
    insertAccount(generation, address, fact): void {
      sink.insertAccount(generation, address, fact)
      saveAccount(address, fact)
    },
    fail(request, error): void {
      sink.fail(request, error)
      if (isFactRequest(request)) factsNow().abandon([request])
    },
    keccak256: (data) => sink.keccak256(data),
  }
}
