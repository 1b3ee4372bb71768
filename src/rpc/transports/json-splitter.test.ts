import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JsonSplitter } from './json-splitter.ts'

describe('JsonSplitter', () => {
  it('finds messages wherever the stream is cut, and whatever is between them', () => {
    const message = fc.oneof(fc.object(), fc.array(fc.jsonValue()))
    const space = fc.constantFrom('', ' ', '\n', '\r\n', '\n\n')
    fc.assert(
      fc.property(
        fc.array(fc.tuple(message, space, fc.boolean())),
        fc.array(fc.nat({ max: 40 })),
        (parts, cuts) => {
          const texts = parts.map(([value, , isPretty]) =>
            JSON.stringify(value, null, isPretty ? 1 : 0),
          )
          const stream = texts.map((text, at) => text + parts[at]?.[1]).join('')
          const splitter = new JsonSplitter()
          const found: string[] = []
          let start = 0
          for (const cut of [...cuts, stream.length]) {
            found.push(...splitter.push(stream.slice(start, start + cut)))
            start += cut
          }
          expect(found).toEqual(texts)
          expect(splitter.pending).toBeLessThan(3)
        },
      ),
    )
  })

  it('passes on what is no JSON, and finds what comes after it', () => {
    const splitter = new JsonSplitter()
    expect(splitter.push('hello\n{"a":1}}{"b":[2]}')).toEqual([
      'hello',
      '{"a":1}',
      '}',
      '{"b":[2]}',
    ])
  })

  it('reports how much is incomplete', () => {
    const splitter = new JsonSplitter()
    splitter.push('{"a":"')
    splitter.push('}\\"}')
    expect(splitter.pending).toBe(10)
    expect(splitter.pendingStart(4)).toBe('{"a"')
    expect(splitter.push('"}')).toEqual(['{"a":"}\\"}"}'])
    expect(splitter.pending).toBe(0)
  })
})
