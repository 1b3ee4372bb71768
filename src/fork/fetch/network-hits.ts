/** Counts the facts that the chain answered, beside those of the cache and the store. */

import type { AnswerSink } from './chain-calls.ts'

export class NetworkHits {
  #count = 0

  get count(): number {
    return this.#count
  }

  /** A sink that counts what goes through it to the other one. */
  through(sink: AnswerSink): AnswerSink {
    return {
      ...sink,
      provideAccount: (request, fact): void => {
        this.#count++
        sink.provideAccount(request, fact)
      },
      provideStorage: (request, value): void => {
        this.#count++
        sink.provideStorage(request, value)
      },
      provideCode: (request, code): boolean => {
        const isRight = sink.provideCode(request, code)
        if (isRight) this.#count++
        return isRight
      },
    }
  }
}
