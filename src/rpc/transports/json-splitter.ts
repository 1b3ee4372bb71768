/**
 * Splits a stream of text into JSON objects and arrays, whatever is between them. Other text is cut
 * at the end of its line, and left to the reader to reject.
 */

const QUOTE = 0x22
const BACKSLASH = 0x5c
const BRACE = 0x7b
const END_BRACE = 0x7d
const BRACKET = 0x5b
const END_BRACKET = 0x5d
const NEWLINE = 0x0a

export class JsonSplitter {
  /** The parts of the incomplete message. */
  #parts: string[] = []
  #pending = 0
  #depth = 0
  #isInText = false
  #isEscaped = false

  /** Length of the incomplete message in characters. */
  get pending(): number {
    return this.#pending
  }

  /** The first characters of the incomplete message. */
  pendingStart(length: number): string {
    return this.#parts.join('').slice(0, length)
  }

  /** Adds a chunk and returns the messages that it completes. */
  push(chunk: string): readonly string[] {
    const messages: string[] = []
    let start = 0
    for (let at = 0; at < chunk.length; at++) {
      if (!this.#ends(chunk.charCodeAt(at))) continue
      const message = (this.#parts.join('') + chunk.slice(start, at + 1)).trim()
      if (message !== '') messages.push(message)
      start = at + 1
      this.#parts = []
      this.#pending = 0
      this.#depth = 0
    }
    this.#parts.push(chunk.slice(start))
    this.#pending += chunk.length - start
    return messages
  }

  /** Whether a message ends with this character. */
  #ends(char: number): boolean {
    if (this.#isInText) {
      if (this.#isEscaped) this.#isEscaped = false
      else if (char === BACKSLASH) this.#isEscaped = true
      else if (char === QUOTE) this.#isInText = false
      return false
    }
    if (char === QUOTE) this.#isInText = true
    else if (char === BRACE || char === BRACKET) this.#depth++
    else if (char === END_BRACE || char === END_BRACKET) {
      this.#depth--
      return this.#depth <= 0
    }
    return char === NEWLINE && this.#depth <= 0
  }
}
