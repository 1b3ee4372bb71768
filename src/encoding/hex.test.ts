import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { InvalidHexError, InvalidInputError } from '../diagnostics/errors.ts'
import type { Hex } from './hex.ts'
import { byteLengthOf, copyBytes, isBytes, toBytes, toHex, writeFixed, writePadded } from './hex.ts'

/** The slow and obvious way. */
function naiveHex(bytes: Uint8Array): Hex {
  return `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}

const anyBytes = fc.uint8Array({ maxLength: 300 })

describe('toHex and toBytes', () => {
  it('agree with the obvious way, at any length', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const hex = naiveHex(bytes)
        expect(toHex(bytes)).toBe(hex)
        expect(toBytes(hex, 'code')).toEqual(bytes)
        expect(toBytes(`0x${hex.slice(2).toUpperCase()}`, 'code')).toEqual(bytes)
      }),
    )
  })

  it.each([63, 64, 65, 66, 4_096, 24_576])('hold at %i bytes, around and over the scratch', (n) => {
    const bytes = Uint8Array.from({ length: n }, (_, at) => at * 7)
    expect(toHex(bytes)).toBe(naiveHex(bytes))
    expect(toBytes(naiveHex(bytes), 'code')).toEqual(bytes)
  })

  it('read a part', () => {
    expect(toHex(Uint8Array.of(1, 2, 3, 4), 1, 3)).toBe('0x0203')
  })

  it('return copies', () => {
    const bytes = Uint8Array.of(1, 2)
    const copy = toBytes(bytes, 'code')
    copy[0] = 9
    expect(bytes[0]).toBe(1)
  })

  it.each(['', '0', '0x0', '0X00', '00', '0x0g', '0x 0', '0x-1', ' 0x00', '0x00 ', '12', '0b01'])(
    'refuse %j',
    (text) => {
      expect(() => toBytes(text as Hex, 'code')).toThrow(InvalidHexError)
    },
  )

  it('refuse any character that is no digit, at any place, also after a valid text', () => {
    const digits = fc.stringMatching(/^[0-9a-f]{64}$/)
    const strange = fc.oneof(
      fc.constantFrom(
        '\u0130',
        '\u0661',
        '\uff10',
        '\u{1d7d8}',
        '\ud800',
        'ġ',
        'İ',
        '\0',
        'G',
        ':',
      ),
      fc.string({ minLength: 1, maxLength: 1, unit: 'binary' }),
    )
    fc.assert(
      fc.property(digits, strange, fc.nat(63), (text, char, at) => {
        fc.pre(!/^[0-9a-fA-F]$/.test(char))
        toBytes(`0x${text}`, 'code')
        const broken = text.slice(0, at) + char + text.slice(at + char.length)
        expect(() => writeFixed(`0x${broken}`, 32, 'slot', new Uint8Array(32), 0)).toThrow(
          InvalidHexError,
        )
      }),
    )
  })

  it('refuse a last character that does not fit into the scratch as UTF-8', () => {
    for (const digits of [40, 64, 128]) {
      toBytes(`0x${'0'.repeat(digits)}`, 'code')
      for (const char of ['\u0130', '\uff10', '\ud800']) {
        const text: Hex = `0x${'0'.repeat(digits - 1)}${char}`
        expect(() => toBytes(text, 'code')).toThrow(InvalidHexError)
      }
    }
  })
})

describe('toHex without Buffer', () => {
  afterEach(() => {
    vi.unstubAllGlobals()
    vi.resetModules()
  })

  it('is the same in a browser', async () => {
    vi.resetModules()
    vi.stubGlobal('Buffer', undefined)
    const browser = await import('./hex.ts')
    const bytes = Uint8Array.from({ length: 256 }, (_, at) => at)
    expect(browser.toHex(bytes)).toBe(naiveHex(bytes))
    expect(browser.toHex(bytes, 0, 20)).toBe(naiveHex(bytes.subarray(0, 20)))
  })
})

describe('writeFixed', () => {
  it('writes to its place and nowhere else', () => {
    const target = new Uint8Array(6).fill(0xee)
    writeFixed('0x0102', 2, 'value', target, 2)
    expect(target).toEqual(Uint8Array.of(0xee, 0xee, 1, 2, 0xee, 0xee))
    writeFixed(Uint8Array.of(3, 4), 2, 'value', target, 4)
    expect(target).toEqual(Uint8Array.of(0xee, 0xee, 1, 2, 3, 4))
  })

  it.each(['0x01', '0x010203', '0x', '0x01020', '0102'])('refuses %j for 2 bytes', (text) => {
    expect(() => writeFixed(text as Hex, 2, 'value', new Uint8Array(2), 0)).toThrow(InvalidHexError)
  })

  it('refuses bytes of another length, and what is neither', () => {
    for (const value of [new Uint8Array(1), new Uint8Array(3), 1, 1n, null, undefined, [1, 2]]) {
      const write = (): void =>
        writeFixed(value as unknown as Hex, 2, 'value', new Uint8Array(2), 0)
      expect(write).toThrow(InvalidInputError)
    }
  })

  it('names the argument and shows what was given, shortened', () => {
    const write = (text: string) => () =>
      writeFixed(text as Hex, 20, 'address', new Uint8Array(20), 0)
    expect(write('0x12')).toThrow(/address must be 0x followed by 40 digits.*got "0x12"/s)
    expect(write(`0x${'a'.repeat(10_000)}`)).toThrow(/\.\.\." \(10002 characters\)/)
  })
})

describe('writePadded', () => {
  it('puts zeros before what is shorter', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 32 }), fc.boolean(), (bytes, asText) => {
        const target = new Uint8Array(34).fill(0xee)
        writePadded(asText ? naiveHex(bytes) : bytes, 32, 'value', target, 1)
        const expected = new Uint8Array(34)
        expected.set(bytes, 33 - bytes.length)
        expected[0] = 0xee
        expected[33] = 0xee
        expect(target).toEqual(expected)
      }),
    )
  })

  it('refuses what is longer, half a byte, and no hex', () => {
    const write = (value: unknown) => () =>
      writePadded(value as Hex, 2, 'value', new Uint8Array(2), 0)
    for (const text of ['0x010203', '0x1', '0x123', '1234', '', 'zz', '0xzz']) {
      expect(write(text)).toThrow(InvalidHexError)
    }
    expect(write(new Uint8Array(3))).toThrow(InvalidInputError)
    expect(write(5)).toThrow(InvalidInputError)
  })
})

describe('bytes that are not what they say', () => {
  class Lying extends Uint8Array {
    ran = 0
    #run(): never {
      this.ran++
      throw new Error('code of the caller ran')
    }
    override get length(): number {
      return this.#run()
    }
    override get byteLength(): number {
      return this.#run()
    }
    override get buffer(): ArrayBuffer {
      return this.#run()
    }
    override [Symbol.iterator](): never {
      return this.#run()
    }
    override slice(): never {
      return this.#run()
    }
  }

  it('are taken for what they are, and nothing of theirs runs', () => {
    const bytes = new Lying([1, 2])
    const target = new Uint8Array(4)
    writeFixed(bytes, 2, 'value', target, 0)
    expect(target).toEqual(Uint8Array.of(1, 2, 0, 0))
    writePadded(bytes, 3, 'value', target, 1)
    expect(target).toEqual(Uint8Array.of(1, 0, 1, 2))
    expect(toBytes(bytes, 'code')).toEqual(Uint8Array.of(1, 2))
    expect(copyBytes(bytes)).toEqual(Uint8Array.of(1, 2))
    expect(byteLengthOf(bytes)).toBe(2)
    expect(bytes.ran).toBe(0)
    expect(() => writeFixed(bytes, 3, 'value', target, 0)).toThrow(InvalidInputError)
  })

  it('a Proxy is refused without asking it', () => {
    let ran = 0
    const trap = (): never => {
      ran++
      throw new Error('code of the caller ran')
    }
    const traps = { get: trap, getPrototypeOf: trap, has: trap, ownKeys: trap }
    const proxy = new Proxy(new Uint8Array(2), traps)
    const target = new Uint8Array(2)
    expect(isBytes(proxy)).toBe(false)
    expect(() => writeFixed(proxy, 2, 'value', target, 0)).toThrow(InvalidInputError)
    expect(() => writePadded(proxy, 2, 'value', target, 0)).toThrow(InvalidInputError)
    expect(() => toBytes(proxy, 'code')).toThrow(InvalidInputError)
    expect(copyBytes(proxy) === proxy).toBe(true)
    expect(ran).toBe(0)
  })

  it('another typed array with the prototype of bytes is none', () => {
    const words: object = new Float64Array(2)
    Object.setPrototypeOf(words, Uint8Array.prototype)
    expect(words).toBeInstanceOf(Uint8Array)
    expect(isBytes(words)).toBe(false)
  })
})
