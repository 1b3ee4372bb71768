/**
 * A node behind a bad connection, in virtual time: its answers, and what happens to them on the
 * way. It is reached through a `fetch` or a `WebSocket` that a client uses instead of the runtime's.
 */

import type { Fetch } from '../../src/rpc/transports/http-transport.ts'
import type { WebSocketConstructor } from '../../src/rpc/transports/web-socket.ts'
import { type FakeChain, FakeRpcError } from '../support/fake-chain.ts'
import type { NodeTraits } from './node-view.ts'
import { answerCall } from './node-view.ts'
import type { Random } from './random.ts'
import type { VirtualClock } from './virtual-clock.ts'

interface Call {
  readonly id: number
  readonly method: string
  readonly params: readonly unknown[]
}

type Item = Readonly<Record<string, unknown>>

/** What can happen to a whole request. */
const REQUEST_FAULTS = [
  'drop',
  'hang',
  'delay',
  'cut off',
  'status 500',
  'status 429',
  'status 429 with a wait',
  'status 413',
  'rate limit for all',
  'refuse batches as too large',
  'truncate',
  'page',
  'nothing',
  'duplicate',
  'reorder',
  'wrong ids',
  'leave out',
] as const
/** What can happen to one call. */
const CALL_FAULTS = [
  'rate limit',
  'internal error',
  'null',
  'malformed',
  'about something else',
  'no result',
] as const

type RequestFault = (typeof REQUEST_FAULTS)[number]
type CallFault = (typeof CALL_FAULTS)[number]

const RATE_LIMIT = { code: -32005, message: 'limit exceeded' }

export interface FaultyNodeOptions {
  readonly chain: FakeChain
  readonly traits: NodeTraits
  readonly clock: VirtualClock
  readonly random: Random
  /** Probability of a fault of a request. A call has about half of it. */
  readonly faultRate: number
  /**
   * Wrong ids belong to no call (`foreign`), or also to other calls of the batch (`mixed up`).
   * Answers to other calls can be detected only by checking their content.
   */
  readonly wrongIds: 'foreign' | 'mixed up'
}

/** A reply and its delay. */
interface Reply {
  readonly delayMs: number
  readonly fault: RequestFault | undefined
  /** Makes the text from the chain as it is when the reply is sent. */
  readonly text: () => string
}

export class FaultyNode {
  readonly #options: FaultyNodeOptions
  #faultRate: number

  constructor(options: FaultyNodeOptions) {
    this.#options = options
    this.#faultRate = options.faultRate
  }

  /** Ends all faults. The traits of the node stay. */
  calm(): void {
    this.#faultRate = 0
  }

  readonly fetch: Fetch = (_url, { body, signal }) => {
    const { clock } = this.#options
    const reply = this.#plan(String(body))
    return new Promise((resolve, reject) => {
      let cancel = (): void => {}
      signal?.addEventListener('abort', () => {
        cancel()
        reject(new Error('aborted'))
      })
      if (reply.fault === 'hang') return
      cancel = clock.after(reply.delayMs, () => {
        if (reply.fault === 'drop') reject(new TypeError('fetch failed'))
        else resolve(response(reply, clock))
      })
    })
  }

  /** A class of connections to this node. */
  get WebSocket(): WebSocketConstructor {
    const { clock, random } = this.#options
    const plan = (body: string): Reply => this.#plan(body)
    const fails = (): boolean => random.chance(this.#faultRate / 2)
    return class extends FaultySocket {
      constructor() {
        super(clock, plan, fails())
      }
    }
  }

  #plan(body: string): Reply {
    const { random } = this.#options
    const fault = random.chance(this.#faultRate) ? random.pick(REQUEST_FAULTS) : undefined
    const delayMs = fault === 'delay' ? random.integer(100, 5_000) : random.integer(1, 60)
    return { delayMs, fault, text: () => this.#answer(body, fault) }
  }

  #answer(body: string, fault: RequestFault | undefined): string {
    const parsed = JSON.parse(body) as Call | Call[]
    const isBatch = Array.isArray(parsed)
    if (fault === 'rate limit for all') return JSON.stringify({ id: null, error: RATE_LIMIT })
    if (fault === 'refuse batches as too large' && isBatch) {
      return JSON.stringify({ id: null, error: { code: -32600, message: 'batch too large' } })
    }
    const items = this.#spoil(
      [parsed].flat().map((call) => this.#item(call)),
      fault,
    )
    const text = JSON.stringify(isBatch ? items : (items[0] ?? null))
    if (fault === 'truncate') return text.slice(0, this.#options.random.integer(0, text.length))
    if (fault === 'page') return '<html>hello</html>'
    return fault === 'nothing' ? '' : text
  }

  #spoil(items: readonly Item[], fault: RequestFault | undefined): readonly Item[] {
    const { random, wrongIds } = this.#options
    const shift = (): number => (wrongIds === 'foreign' ? 1_000_000 : random.integer(1, 9))
    switch (fault) {
      case 'duplicate':
        return [...items, ...items]
      case 'reorder':
        return random.shuffle(items)
      case 'wrong ids':
        return items.map((item) => ({ ...item, id: Number(item['id']) + shift() }))
      case 'leave out':
        return items.filter(() => random.chance(0.6))
      default:
        return items
    }
  }

  #item(call: Call): Item {
    const { chain, traits, random } = this.#options
    const { id } = call
    const fault = random.chance(this.#faultRate / 2) ? random.pick(CALL_FAULTS) : undefined
    if (fault === 'rate limit') return { id, error: RATE_LIMIT }
    if (fault === 'internal error') return { id, error: { code: -32603, message: 'internal' } }
    if (fault === 'no result') return { id }
    try {
      const result = answerCall(chain, traits, call)
      return { id, result: fault === undefined ? result : changed(call, result, fault) }
    } catch (error) {
      if (!(error instanceof FakeRpcError)) throw error
      return { id, error: { code: error.code, message: error.message } }
    }
  }
}

/** Changes an answer so that the change can be detected. */
function changed({ params }: Call, result: unknown, fault: CallFault): unknown {
  if (fault === 'null' || result === null) return null
  if (typeof result !== 'object') return fault === 'malformed' ? 'lorem' : '0xzz'
  const fields = result as Record<string, unknown>
  const isOther = fault === 'about something else'
  if (isOther && 'codeHash' in fields) {
    return { ...fields, address: `0x${'99'.repeat(20)}`, balance: '0x99', storageProof: [] }
  }
  // A block that was requested by a tag can be any block.
  if (isOther && 'stateRoot' in fields && String(params[0]).startsWith('0x')) {
    return { ...fields, number: '0x9999', hash: `0x${'99'.repeat(32)}` }
  }
  const [first = ''] = Object.keys(fields)
  return { ...fields, [first]: `0x${'0'.repeat(70)}1`, storageProof: [] }
}

/** The parts of a response that a client uses, made only of promises for virtual time. */
function response({ fault, text }: Reply, clock: VirtualClock): Response {
  const bytes = new TextEncoder().encode(text())
  const half = bytes.subarray(0, bytes.length >> 1)
  const chunks = fault === 'cut off' ? [half] : [half, bytes.subarray(half.length)]
  const reader = {
    async read() {
      const value = chunks.shift()
      if (value !== undefined) return { done: false, value }
      if (fault !== 'cut off') return { done: true, value: undefined }
      await clock.sleep(1)
      throw new TypeError('terminated')
    },
    async cancel() {},
  }
  const wait = fault === 'status 429 with a wait' ? '2' : null
  const status = Number(/status (\d+)/.exec(fault ?? '')?.[1] ?? 200)
  return {
    status,
    headers: { get: (name: string) => (name === 'retry-after' ? wait : null) },
    body: { getReader: () => reader },
  } as unknown as Response
}

type Listener = (event: never) => void

class FaultySocket {
  binaryType = ''
  readonly #clock: VirtualClock
  readonly #plan: (body: string) => Reply
  readonly #listeners = new Map<string, Listener[]>()
  readonly #cancels = new Set<() => void>()
  #isOpen = false

  constructor(clock: VirtualClock, plan: (body: string) => Reply, fails: boolean) {
    this.#clock = clock
    this.#plan = plan
    this.#after(2, () => {
      if (fails) return this.#end()
      this.#isOpen = true
      this.#emit('open', {})
    })
  }

  addEventListener(type: string, listener: Listener): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener])
  }

  send(body: string): void {
    if (!this.#isOpen) return
    const { delayMs, fault, text } = this.#plan(body)
    if (fault === 'hang') return
    this.#after(delayMs, () => {
      const isLost = fault === 'drop' || fault === 'cut off' || fault?.startsWith('status')
      if (isLost) return this.#end()
      this.#emit('message', { data: text() })
      if (fault === 'duplicate') this.#emit('message', { data: text() })
    })
  }

  close(): void {
    this.#isOpen = false
    for (const cancel of this.#cancels) cancel()
    this.#cancels.clear()
  }

  #end(): void {
    this.close()
    this.#emit('error', { message: 'it broke' })
    this.#emit('close', { code: 1006 })
  }

  #after(ms: number, callback: () => void): void {
    const cancel = this.#clock.after(ms, () => {
      this.#cancels.delete(cancel)
      callback()
    })
    this.#cancels.add(cancel)
  }

  #emit(type: string, event: object): void {
    for (const listener of this.#listeners.get(type) ?? []) listener(event as never)
  }
}
