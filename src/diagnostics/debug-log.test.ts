/** The debug log: its patterns, its lines, and that it never disturbs the program. */

import { afterEach, describe, expect, test, vi } from 'vitest'
import { ForkEvents } from '../fork/fork-events.ts'
import { StoreUnavailableError } from '../store/errors.ts'
import { debugLog, isEnabled } from './debug-log.ts'

afterEach(() => {
  vi.unstubAllEnvs()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

/** The lines that one event makes, without the time. */
function linesOf(event: { readonly type: string }): readonly string[] {
  vi.stubEnv('DEBUG', 'forkstate:*')
  const print = vi.spyOn(console, 'error').mockImplementation(() => {})
  debugLog('rpc')?.(event)
  return print.mock.calls.map(([line]) => String(line).replace(/ \+\d+ms$/, ' +Nms'))
}

describe('patterns', () => {
  test.each([
    ['forkstate:*', true],
    ['*', true],
    ['forkstate:rpc', true],
    ['express:*, forkstate:rpc', true],
    ['express:*  forkstate:r*', true],
    ['*:rpc', true],
    ['f*:r*c', true],
    ['forkstate:rpc*', true],
    ['', false],
    [' , ', false],
    ['forkstate', false],
    ['forkstate:', false],
    ['forkstate:rp', false],
    ['forkstate:rpc:more', false],
    ['forkstate.rpc', false],
    ['FORKSTATE:*', false],
    ['true', false],
    ['[', false],
    ['-forkstate:rpc', false],
    ['*,-forkstate:rpc', false],
    ['-forkstate:* *', false],
    ['forkstate:*,-forkstate:store', true],
  ])('"%s": %s', (patterns, expected) => {
    expect(isEnabled('forkstate:rpc', patterns)).toBe(expected)
  })
})

describe('a line', () => {
  test('has the fields of the event', () => {
    const event = {
      type: 'request-sent',
      request: 1,
      methods: ['a', 'b'],
      number: 5n,
      no: undefined,
    }
    expect(linesOf(event)).toEqual([
      'forkstate:rpc request-sent request=1 methods=a,b number=5 +Nms',
    ])
  })

  test('shows the origin of a URL alone', () => {
    const message =
      'no https://user:p@ss@node.example:8/v2/SECRET?key=SECRET#SECRET, "ws://a/SECRET"'
    expect(linesOf({ type: 'x', ...{ message } })).toEqual([
      'forkstate:rpc x message="no https://node.example:8 \\"ws://a\\"" +Nms',
    ])
  })

  test('is one line that a terminal does not obey', () => {
    const error = new Error('bad\n\u001b[2Jline \u202e\u2028 of "text"')
    expect(linesOf({ type: 'x', ...{ error } })).toEqual([
      'forkstate:rpc x error="Error: bad [2Jline   of \\"text\\"" +Nms',
    ])
  })

  test('has an end', () => {
    expect(linesOf({ type: 'x', ...{ message: 'y'.repeat(10_000) } })[0]?.length).toBeLessThan(400)
  })
})

describe('a runtime', () => {
  test('without the variable logs nothing', () => {
    vi.stubEnv('DEBUG', undefined)
    expect(debugLog('rpc')).toBeUndefined()
  })

  test('that refuses its environment logs nothing', () => {
    const env = new Proxy({}, { get: () => expect.fail('asked') })
    vi.stubGlobal('process', { env, versions: { node: '24.0.0' } })
    vi.stubGlobal('Deno', { permissions: { querySync: () => ({ state: 'prompt' }) } })
    expect(debugLog('rpc')).toBeUndefined()
  })

  test('that throws logs nothing', () => {
    const refuse = () => {
      throw new Error('refused')
    }
    vi.stubGlobal('process', { env: new Proxy({}, { get: refuse }), versions: { node: '24.0.0' } })
    expect(debugLog('rpc')).toBeUndefined()
    vi.stubGlobal('process', undefined)
    vi.stubGlobal('localStorage', new Proxy({}, { get: refuse }))
    expect(debugLog('rpc')).toBeUndefined()
  })

  test('that is a browser reads the local storage', () => {
    const print = vi.spyOn(console, 'debug').mockImplementation(() => {})
    vi.stubGlobal('process', { env: {} })
    vi.stubGlobal('localStorage', { debug: 'forkstate:fork' })
    expect(debugLog('rpc')).toBeUndefined()
    debugLog('fork')?.({ type: 'evicted' })
    expect(print).toHaveBeenCalledOnce()
  })
})

describe('a fork', () => {
  const recovered = { type: 'store-recovered' } as const

  test('has no listeners if no pattern matches its topics', () => {
    vi.stubEnv('DEBUG', 'forkstate:rpc')
    expect(new ForkEvents(undefined).hasListeners).toBe(false)
  })

  test('still warns of an outage of its store that no listener of the user receives', () => {
    vi.stubEnv('DEBUG', 'forkstate:*')
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const error = new StoreUnavailableError('the disk is gone')
    new ForkEvents(undefined).storeListener(undefined)({
      type: 'store-degraded',
      access: 'read',
      error,
    })
    return vi.waitFor(() => expect(warn).toHaveBeenCalledOnce())
  })

  test('logs its own events and those of its store apart, and none of its client', async () => {
    const print = vi.spyOn(console, 'error').mockImplementation(() => {})
    for (const [patterns, expected] of [
      ['forkstate:fork', /^forkstate:fork evicted facts=3 /],
      ['forkstate:store', /^forkstate:store store-recovered /],
    ] as const) {
      vi.stubEnv('DEBUG', patterns)
      print.mockClear()
      const events = new ForkEvents(undefined)
      events.emit({ type: 'evicted', facts: 3 })
      events.emit({ type: 'endpoint-restored', endpoint: 'http://a' })
      events.storeListener(undefined)(recovered)
      await Promise.resolve()
      expect(print.mock.calls).toEqual([[expect.stringMatching(expected)]])
    }
  })
})
