import { expect, it } from 'vitest'
import { AbortWatch } from './abort-watch.ts'

/** A signal that counts its listeners. */
function countedSignal() {
  const controller = new AbortController()
  const { signal } = controller
  let listeners = 0
  const add = signal.addEventListener.bind(signal)
  const remove = signal.removeEventListener.bind(signal)
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners++
    add(...args)
  }
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners--
    remove(...args)
  }
  return { controller, signal, listeners: () => listeners }
}

it('has one listener a signal, and none when nobody watches', () => {
  const watch = new AbortWatch()
  const one = countedSignal()
  const other = countedSignal()
  const stops = [0, 1, 2].map(() => watch.watch(one.signal, () => {}))
  const stopOther = watch.watch(other.signal, () => {})
  expect([one.listeners(), other.listeners()]).toEqual([1, 1])
  for (const stop of stops) stop()
  expect([one.listeners(), other.listeners()]).toEqual([0, 1])
  watch.watch(one.signal, () => {})
  expect(one.listeners()).toBe(1)
  stopOther()
  stopOther()
  expect(other.listeners()).toBe(0)
})

it('calls back who watches when the signal fires, also if they stop meanwhile', () => {
  const watch = new AbortWatch()
  const { controller, signal, listeners } = countedSignal()
  const called: string[] = []
  const stopA = watch.watch(signal, () => {
    called.push('a')
    stopA()
  })
  const stopB = watch.watch(signal, () => {
    called.push('b')
    stopB()
  })
  watch.watch(signal, () => called.push('c'))()
  controller.abort()
  expect(called).toEqual(['a', 'b'])
  expect(listeners()).toBe(0)
})
