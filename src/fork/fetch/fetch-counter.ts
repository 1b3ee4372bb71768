/** Counts the facts that the chain answered, rather than the cache or the store. */

import type { AnswerSink } from './answer-sink.ts'

export class FetchCounter {
  #count = 0

  get count(): number {
    return this.#count
  }

  /** A sink that counts the facts it passes on to another sink. */
  counting(sink: AnswerSink): AnswerSink {
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
