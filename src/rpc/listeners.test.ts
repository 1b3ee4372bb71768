import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Listeners } from './listeners.ts'

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1))

const warnings: Error[] = []
const unhandled: unknown[] = []
const noteWarning = (warning: Error): void => void warnings.push(warning)
const noteUnhandled = (reason: unknown): void => void unhandled.push(reason)

beforeEach(() => {
  process.on('warning', noteWarning)
  process.on('unhandledRejection', noteUnhandled)
  process.on('uncaughtExceptionMonitor', noteUnhandled)
})
afterEach(async () => {
  await turn()
  process.off('warning', noteWarning)
  process.off('unhandledRejection', noteUnhandled)
  process.off('uncaughtExceptionMonitor', noteUnhandled)
  warnings.length = 0
  expect(unhandled.splice(0)).toEqual([])
})

describe('Listeners', () => {
  it('calls each, in the order of events, after the emitter is done', async () => {
    const listeners = new Listeners<number>()
    expect(listeners.hasListeners).toBe(false)
    listeners.emit(0)
    const heard: string[] = []
    listeners.add((event) => void heard.push(`a${event}`))
    listeners.add((event) => void heard.push(`b${event}`))
    expect(listeners.hasListeners).toBe(true)
    listeners.emit(1)
    listeners.emit(2)
    expect(heard).toEqual([])
    await turn()
    expect(heard).toEqual(['a1', 'b1', 'a2', 'b2'])
  })

  it('calls nobody who has left, and a function as often as it was added', async () => {
    const listeners = new Listeners<number>()
    const heard: number[] = []
    const listener = (event: number): void => void heard.push(event)
    const leave = listeners.add(listener)
    listeners.add(listener)
    listeners.emit(1)
    await turn()
    leave()
    leave()
    listeners.emit(2)
    await turn()
    expect(heard).toEqual([1, 1, 2])
  })

  it('lets a listener emit more, add others and leave meanwhile', async () => {
    const listeners = new Listeners<number>()
    const heard: string[] = []
    const leave = listeners.add((event) => {
      heard.push(`a${event}`)
      leave()
      listeners.add((later) => void heard.push(`b${later}`))
      listeners.emit(event + 1)
    })
    listeners.emit(1)
    await turn()
    expect(heard).toEqual(['a1', 'b2'])
  })

  it('warns once of a listener that throws or rejects, and calls it and the others on', async () => {
    const listeners = new Listeners<number>()
    const heard: number[] = []
    let calls = 0
    listeners.add(() => {
      calls++
      throw new Error('thrown')
    })
    const rejecting = (): unknown => Promise.reject(new Error('rejected'))
    listeners.add(rejecting as () => void)
    listeners.add((event) => void heard.push(event))
    for (const event of [1, 2, 3]) {
      listeners.emit(event)
      await turn()
    }
    expect([calls, heard]).toEqual([3, [1, 2, 3]])
    expect(warnings.map(({ message }) => message)).toEqual([
      expect.stringContaining('thrown'),
      expect.stringContaining('rejected'),
    ])
  })
})
