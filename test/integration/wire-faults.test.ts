/**
 * Transport faults, on a real node behind the misbehaving proxy. Whatever happens, a read gives the
 * right value or a typed error, the next read is right, and nothing wrong is kept.
 */

import type { Hex } from 'viem'
import { expect, test } from 'vitest'

import { ForkStateError, type StateManager } from '../../src/index.ts'
import type { FaultRules, RequestFault, RpcAnswer } from '../support/proxy.ts'
import { word } from '../support/sample-keys.ts'
import type { History } from './history.ts'
import { describeRpcNodes } from './rpc-node-cases.ts'

const RATE_LIMITED = { code: -32_005, message: 'rate limit exceeded' }
const BROKEN = { code: -32_000, message: 'internal failure' }

/** Every request has the fault. */
function always(fault: RequestFault): FaultRules {
  return { onRequest: () => fault }
}

/** Only the first requests have it. */
function first(fault: RequestFault, requests = 1): FaultRules {
  return { onRequest: ({ sequence }) => (sequence < requests ? fault : undefined) }
}

const reversed = (answers: readonly RpcAnswer[]): RpcAnswer[] => [...answers].reverse()
const doubled = (answers: readonly RpcAnswer[]): RpcAnswer[] => [...answers, ...answers]
const withWrongIds = (answers: readonly RpcAnswer[]): RpcAnswer[] =>
  answers.map((answer) => ({ ...answer, id: Number(answer.id) + 1_000 }))
const withoutLast = (answers: readonly RpcAnswer[]): readonly RpcAnswer[] => answers.slice(0, -1)

/** Temporary faults: reads wait, or are sent again, and are right. */
const PASSING: Readonly<Record<string, FaultRules>> = {
  'a delay': first({ delayMs: 30 }),
  'a timeout': first({ delayMs: 2_000 }),
  'HTTP 500': first({ status: 500 }),
  'HTTP 502 with a page': first({ status: 502, body: '<html>bad gateway</html>' }),
  'HTTP 429': first({ status: 429 }),
  'HTTP 429 with Retry-After': first({ status: 429, headers: { 'retry-after': '0' } }, 2),
  'a rate limit for the whole batch': first({ error: RATE_LIMITED }),
  'a dropped connection': first({ drop: 'before' }),
  'an answer cut off by the connection': first({ drop: 'midway' }),
  'a truncated answer': first({ truncate: true }),
  'answers in another order': always({ answers: reversed }),
  'answers twice': always({ answers: doubled }),
  'answers with other ids': first({ answers: withWrongIds }),
  'an answer that is left out': first({ answers: withoutLast }),
  'a rate limit for every second call': {
    onCall: ({ sequence }) => (sequence % 2 === 1 && sequence < 6 ? { error: RATE_LIMITED } : {}),
  },
}

/** Permanent faults: reads fail with a typed error. */
const LASTING: Readonly<Record<string, FaultRules>> = {
  'HTTP 500': always({ status: 500 }),
  'HTTP 401': always({ status: 401, body: 'no key' }),
  'HTTP 429': always({ status: 429 }),
  'HTTP 200 with a page': always({ status: 200, body: '<html>hello</html>' }),
  'an empty answer': always({ status: 200 }),
  'an error for the whole batch': always({ error: BROKEN }),
  'an error for each call': { onCall: () => ({ error: BROKEN }) },
  'no connection': always({ drop: 'before' }),
  'answers cut off by the connection': always({ drop: 'midway' }),
  'truncated answers': always({ truncate: true }),
  'answers with other ids': always({ answers: withWrongIds }),
  timeouts: always({ delayMs: 2_000 }),
  'results that are null': { onCall: () => ({ result: () => null }) },
  'results that are text': { onCall: () => ({ result: () => 'lorem ipsum' }) },
  'proofs of another account': {
    onCall: () => ({ result: (real) => ({ ...(real as object), address: word(1).slice(0, 42) }) }),
  },
}

const QUICK = { timeoutMs: 250, retries: 3 } as const

await describeRpcNodes('faults on the wire', ['anvil'], (context) => {
  const { history, proxy } = context

  for (const [name, faults] of Object.entries(PASSING)) {
    test(`${name}: reads are right`, async () => {
      const fork = await context.fork({ client: QUICK })
      proxy.setFaults(faults)
      expect(await readAll(fork, history)).toEqual(rightValues)
      proxy.setFaults()
      proxy.reset()
      expect(await readAll(fork, history)).toEqual(rightValues)
      expect(proxy.stats.rpcCalls, 'all of it was kept').toBe(0)
      fork.destroy()
    })
  }

  for (const [name, faults] of Object.entries(LASTING)) {
    test(`${name}, always: reads fail with a typed error, and nothing is kept`, async () => {
      const fork = await context.fork({ client: { ...QUICK, retries: 1 } })
      proxy.setFaults(faults)
      const outcomes = await Promise.allSettled(startAll(fork, history))
      for (const outcome of outcomes) {
        expect(outcome.status).toBe('rejected')
        const { reason } = outcome as PromiseRejectedResult
        expect(reason).toBeInstanceOf(ForkStateError)
        expect(reason.code).toMatch(/^RPC_(FAILED|TIMEOUT|RESPONSE)$/)
        expect(reason.address).toMatch(/^0x[\da-f]{40}$/)
      }
      expect(fork.metrics()).toMatchObject({ baseAccounts: 0, baseSlots: 0, baseCodes: 0 })
      proxy.setFaults()
      expect(await readAll(fork, history)).toEqual(rightValues)
      fork.destroy()
    })
  }

  test('an error for one account fails only the reads of that account', async () => {
    const fork = await context.fork({ client: { ...QUICK, retries: 0 } })
    const [broken] = history.receivers
    proxy.setFaults({
      onCall: ({ params }) => (params[0] === broken ? { error: BROKEN } : undefined),
    })
    const outcomes = await Promise.allSettled(startAll(fork, history))
    expect(outcomes.map(({ status }) => status)).toEqual([
      ...['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
    ])
    proxy.setFaults()
    expect(await readAll(fork, history)).toEqual(rightValues)
    fork.destroy()
  })

  test('a node that comes back serves the next read', async () => {
    const fork = await context.fork({ client: { ...QUICK, retries: 0 } })
    proxy.setFaults(always({ drop: 'before' }))
    for (let attempt = 0; attempt < 3; attempt++) {
      const read = fork.getStorage(history.contract, word(1))
      await expect(read).rejects.toMatchObject({ code: 'RPC_FAILED' })
    }
    proxy.setFaults()
    expect(await readAll(fork, history)).toEqual(rightValues)
    fork.destroy()
  })

  test('aborting the signal of the manager ends reads, down to the socket', async () => {
    const abort = new AbortController()
    const fork = await context.fork({ signal: abort.signal })
    const hold = proxy.hold()
    const read = fork.getBalance(history.sender)
    const rejection = expect(read).rejects.toMatchObject({
      code: expect.stringMatching(/ABORTED|READ_CANCELLED|DESTROYED/),
    })
    await hold.arrived()
    abort.abort(new Error('enough'))
    await rejection
    hold.release()
    expect(() => fork.destroy()).not.toThrow()
  })

  /** Reads of several kinds, in one turn. */
  function startAll(fork: StateManager, { contract, receivers, absent }: History) {
    const [poorest, second] = receivers as [Hex, Hex]
    return [
      fork.getStorage(contract, word(1)),
      fork.getStorage(contract, word(99)),
      fork.getNonce(contract),
      fork.getBalance(poorest),
      fork.getBalance(second),
      fork.getAccount(absent),
    ]
  }

  function readAll(fork: StateManager, known: History): Promise<unknown[]> {
    return Promise.all(startAll(fork, known))
  }

  const rightValues = [word(2), word(100), 1n, 1n, 2n, undefined]
})
