/** Answers on their way into the core: taken as long as the era they were asked in lasts. */

import type { Hex } from '../../encoding/hex.ts'
import type { AccountFact } from '../../ffi/account-fact.ts'
import type { ForkCore } from '../../ffi/fork-core.ts'
import type { CoreRequest } from '../../ffi/fork-request.ts'
import type { AnswerSink } from './chain-calls.ts'
import type { WaitingReads } from './waiting-reads.ts'

/** Where answers go, and who waits for them. */
export interface SinkContext {
  readonly core: ForkCore
  readonly reads: WaitingReads
  /** Aborted when the era is over. */
  readonly era: AbortSignal
  fail(request: CoreRequest, error: unknown): void
}

export function answerSink({ core, reads, era, fail }: SinkContext): AnswerSink {
  return {
    provideAccount(request: CoreRequest, fact: AccountFact): void {
      if (era.aborted) return
      if (core.provideAccount(request, fact)) reads.answered(request.id)
    },
    provideStorage(request: CoreRequest, value: bigint): void {
      if (era.aborted) return
      if (core.provideStorage(request, value)) reads.answered(request.id)
    },
    provideCode(request: CoreRequest, code: Uint8Array): boolean {
      if (era.aborted) return true
      const outcome = core.provideCode(request, code)
      if (outcome === 'taken') reads.answered(request.id)
      return outcome !== 'mismatch'
    },
    provideNodes(request: CoreRequest): boolean {
      if (era.aborted) return true
      const outcome = core.trieNodes.provide(request)
      if (outcome === 'taken') reads.answered(request.id)
      return outcome !== 'missing'
    },
    insertAccount(generation: number, address: Hex, fact: AccountFact): void {
      if (!era.aborted) core.insertAccount(generation, address, fact)
    },
    fail(request: CoreRequest, error: unknown): void {
      if (!era.aborted) fail(request, error)
    },
    keccak256: (data: Uint8Array): Hex => core.keccak256(data),
  }
}
