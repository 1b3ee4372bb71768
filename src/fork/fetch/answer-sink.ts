/** The way of answers into the core, open until the generation they were asked in ends. */

import type { ForkStateError } from '../../diagnostics/errors.ts'
import type { Hex } from '../../encoding/hex.ts'
import type { AccountFact } from '../../ffi/account-fact.ts'
import type { ForkCore } from '../../ffi/fork-core.ts'
import type { CoreRequest } from '../../ffi/fork-request.ts'
import type { WaitingReads } from './waiting-reads.ts'

/** Takes answers. All but `keccak256` do nothing once the generation has ended. */
export interface AnswerSink {
  provideAccount(request: CoreRequest, fact: AccountFact): void
  provideStorage(request: CoreRequest, value: bigint): void
  /** False if the code does not have the requested hash. */
  provideCode(request: CoreRequest, code: Uint8Array): boolean
  /** Closes a request for trie nodes; false if the core still lacks them. */
  provideTrieNodes(request: CoreRequest): boolean
  insertAccount(generation: number, address: Hex, fact: AccountFact): void
  fail(request: CoreRequest, error: ForkStateError): void
  keccak256(data: Uint8Array): Hex
}

/** What a sink is made of. */
export interface SinkContext {
  readonly core: ForkCore
  /** The reads that wait for the answers. */
  readonly reads: WaitingReads
  /** Aborted when the generation ends. */
  readonly signal: AbortSignal
  fail(request: CoreRequest, error: unknown): void
}

/** A sink into the core. */
export function answerSink({ core, reads, signal, fail }: SinkContext): AnswerSink {
  return {
    provideAccount(request: CoreRequest, fact: AccountFact): void {
      if (signal.aborted) return
      if (core.provideAccount(request, fact)) reads.answered(request.id)
    },
    provideStorage(request: CoreRequest, value: bigint): void {
      if (signal.aborted) return
      if (core.provideStorage(request, value)) reads.answered(request.id)
    },
    provideCode(request: CoreRequest, code: Uint8Array): boolean {
      if (signal.aborted) return true
      const outcome = core.provideCode(request, code)
      if (outcome === 'taken') reads.answered(request.id)
      return outcome !== 'mismatch'
    },
    provideTrieNodes(request: CoreRequest): boolean {
      if (signal.aborted) return true
      const outcome = core.trieNodes.provide(request)
      if (outcome === 'taken') reads.answered(request.id)
      return outcome !== 'missing'
    },
    insertAccount(generation: number, address: Hex, fact: AccountFact): void {
      if (!signal.aborted) core.insertAccount(generation, address, fact)
    },
    fail(request: CoreRequest, error: unknown): void {
      if (!signal.aborted) fail(request, error)
    },
    keccak256: (data: Uint8Array): Hex => core.keccak256(data),
  }
}
