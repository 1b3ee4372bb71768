import { concat, getCreate2Address, type Hex, keccak256, pad, toBytes } from 'viem'
import { describe, expect, it } from 'vitest'
import { freshAddress, word } from '../../../test/support/sample-keys.ts'
import type { RuleContext, TouchedKey } from './call-pattern.ts'
import { CallPattern, MAX_MISSES, MAX_RULES } from './call-pattern.ts'
import { LearnedCalls, MAX_LEARNED_CALLS } from './learned-calls.ts'

const receiver = freshAddress()
const sender = freshAddress()

function contextOf(
  values: Readonly<Record<Hex, Hex>> = {},
  words: readonly Hex[] = [],
  code?: Uint8Array,
) {
  const context: RuleContext = {
    call: { receiver, sender, words },
    peekStorage: (address, slot) => (address === receiver ? values[slot] : undefined),
    peekCode: (address) => (address === receiver ? code : undefined),
    keccak256: (data) => keccak256(data),
  }
  return context
}

function mapped(number: number, key: Hex): Hex {
  return keccak256(`${pad(key, { size: 32 })}${word(number).slice(2)}`)
}

function next(slot: Hex): Hex {
  return word(BigInt(slot) + 1n)
}

describe('a call pattern', () => {
  it('follows senders, arguments, mappings and structs', () => {
    const pattern = new CallPattern()
    const [first, second] = [freshAddress(), freshAddress()]
    const touched = (argument: Hex): readonly TouchedKey[] => [
      { address: receiver, slot: mapped(2, sender) },
      { address: receiver, slot: next(mapped(5, argument)) },
      { address: argument },
    ]
    pattern.learn(touched(first), contextOf({}, [pad(first, { size: 32 })]))
    expect(pattern.predict(contextOf({}, [pad(second, { size: 32 })]))).toEqual(touched(second))
  })

  it.each(['packed', 'padded'] as const)('follows pairs of arguments, %s in a salt', (form) => {
    const [deployer, initCodeHash] = [freshAddress(), keccak256('0x01')]
    const size = form === 'packed' ? 20 : 32
    const wordsOf = (pair: readonly Hex[]) => pair.map((token) => pad(token, { size: 32 }))
    const pairOf = (tokens: readonly Hex[]): Hex => {
      const [low = '0x', high = '0x'] = [...tokens].sort().map((token) => pad(token, { size }))
      const salt = keccak256(concat([low, high]))
      return getCreate2Address({
        from: deployer,
        salt,
        bytecodeHash: initCodeHash,
      }).toLowerCase() as Hex
    }
    // PUSH4 of a selector that looks like an opcode, PUSH32 of the deployer as a word, of the hash
    const pushes = concat([
      '0x637f7f7f7f',
      '0x7f',
      pad(deployer, { size: 32 }),
      '0x7f',
      initCodeHash,
    ])
    const code = toBytes(pushes)
    const touched = (tokens: readonly Hex[]): readonly TouchedKey[] => [
      { address: receiver },
      { address: pairOf(tokens), slot: word(8) },
      { address: receiver, slot: mapped(0, pairOf(tokens)) },
    ]
    const pattern = new CallPattern()
    const [one, other] = [freshAddress(), freshAddress()]
    const amount = word(77)
    pattern.learn(touched([one, other]), contextOf({}, [amount, ...wordsOf([one, other])], code))
    const others = [freshAddress(), freshAddress()].sort().reverse()
    expect(pattern.predict(contextOf({}, [amount, ...wordsOf(others)]))).toEqual(touched(others))
    expect(pattern.predict(contextOf({}, [amount]))).toEqual([{ address: receiver }])
  })

  it('predicts nothing through a slot that is unknown or zero', () => {
    const pattern = new CallPattern()
    const other = freshAddress()
    const touched = [{ address: receiver, slot: word(6) }, { address: other }]
    pattern.learn(touched, contextOf({ [word(6)]: pad(other, { size: 32 }) }))
    expect(pattern.predict(contextOf())).toEqual([touched[0]])
    expect(pattern.predict(contextOf({ [word(6)]: word(0) }))).toEqual([touched[0]])
    const third = freshAddress()
    const values = { [word(6)]: pad(third, { size: 32 }) }
    expect(pattern.predict(contextOf(values))).toEqual([touched[0], { address: third }])
  })

  it('forgets a rule that is wrong several times in a row, and only then', () => {
    const pattern = new CallPattern()
    const kept = { address: receiver, slot: word(1) }
    pattern.learn([kept, { address: receiver, slot: word(2) }], contextOf())
    for (let miss = 1; miss < MAX_MISSES; miss++) pattern.learn([kept], contextOf())
    expect(pattern.size).toBe(2)
    pattern.learn([kept], contextOf())
    expect(pattern.predict(contextOf())).toEqual([kept])
  })

  it('is bounded', () => {
    const pattern = new CallPattern()
    const touched = Array.from({ length: 2 * MAX_RULES }, (_, slot) => {
      return { address: receiver, slot: word(slot) }
    })
    pattern.learn(touched, contextOf())
    expect(pattern.size).toBe(MAX_RULES)
  })
})

describe('learned calls', () => {
  it('are found by code and selector, and guessed by selector alone', () => {
    const learned = new LearnedCalls()
    const name = { codeHash: word(1), selector: '0x12345678' } as const
    expect(learned.find(name)).toBeUndefined()
    expect(learned.guess(name.selector)).toBeUndefined()
    const pattern = learned.open(name)
    expect(learned.open(name)).toBe(pattern)
    expect(learned.find(name)).toBe(pattern)
    expect(learned.find({ ...name, codeHash: word(2) })).toBeUndefined()
    expect(learned.guess(name.selector)).toBe(pattern)
    const other = learned.open({ ...name, codeHash: word(2) })
    expect(learned.guess(name.selector)).toBe(other)
  })

  it('are bounded: the one used longest ago goes first', () => {
    const learned = new LearnedCalls()
    const nameOf = (number: number) => ({ codeHash: word(number), selector: '0x' }) as const
    for (let number = 0; number < MAX_LEARNED_CALLS; number++) learned.open(nameOf(number))
    expect(learned.find(nameOf(0))).toBeDefined()
    learned.open(nameOf(MAX_LEARNED_CALLS))
    expect(learned.find(nameOf(0))).toBeDefined()
    expect(learned.find(nameOf(1))).toBeUndefined()
  })
})
