import { describe, expect, it } from 'vitest'
import type { ErrorContext } from '../../diagnostics/errors.ts'
import { DestroyedError } from '../../diagnostics/errors.ts'
import type { ManagerCore } from '../../ffi/manager-core.ts'
import { QUEUE_FULL } from '../../ffi/manager-handle.ts'
import type { RpcPriority } from '../../rpc/rpc-client.ts'
import type { Read } from './waiting-reads.ts'
import { keyOf, MAX_READ_ROUNDS, WaitingReads } from './waiting-reads.ts'

const ADDRESS = `0x${'aa'.repeat(20)}` as const

/** A core of which only `pending` is used, with attempts that a test controls. */
class ScriptedReads {
  readonly core = { pending: 0 }
  readonly known = new Map<number, string>()
  /** Requests that can still be opened. */
  room = Number.POSITIVE_INFINITY
  signals = 0
  readonly reads = new WaitingReads(() => this.signals++)

  read(request: number, reader: object = this, priority?: RpcPriority): Read<string> {
    const attempt = (): string | undefined => {
      const value = this.known.get(request)
      if (value === undefined) this.core.pending = this.room > 0 ? request : QUEUE_FULL
      if (value === undefined && this.room > 0) this.room--
      return value
    }
    const core = this.core as unknown as ManagerCore
    return { reader, core, attempt, key: keyOf(ADDRESS, BigInt(request)), priority }
  }

  add(request: number, reader?: object, priority?: RpcPriority): Promise<string> {
    const read = this.read(request, reader, priority)
    read.attempt(read.core, read.key)
    return this.reads.add(read)
  }

  answer(request: number, value: string): void {
    this.known.set(request, value)
    this.room++
    this.reads.answered(request)
  }
}

const gone = (context: ErrorContext): DestroyedError => new DestroyedError('gone', context)

describe('WaitingReads', () => {
  it('answers all reads of a request, and only those', async () => {
    const script = new ScriptedReads()
    const reads = [script.add(1), script.add(1), script.add(2)]
    script.answer(1, 'one')
    expect(await Promise.all(reads.slice(0, 2))).toEqual(['one', 'one'])
    script.answer(2, 'two')
    expect(await reads[2]).toBe('two')
    expect(script.signals).toBe(3)
  })

  it('admits reads as requests close, in the order they came', async () => {
    const script = new ScriptedReads()
    script.room = 2
    const reads = [1, 2, 3, 4, 5].map((request) => script.add(request))
    expect(script.signals).toBe(2)
    script.answer(2, 'two')
    expect(script.signals).toBe(3)
    script.room++
    script.reads.failed(1, new Error('one'))
    expect(script.signals).toBe(4)
    for (const request of [3, 4, 5]) script.answer(request, `${request}`)
    const [first, ...others] = await Promise.allSettled(reads)
    expect(first?.status).toBe('rejected')
    expect(others.map((outcome) => 'value' in outcome && outcome.value)).toEqual([
      'two',
      '3',
      '4',
      '5',
    ])
  })

  it('admits urgent reads before those that read ahead, however long these wait', async () => {
    const script = new ScriptedReads()
    script.room = 1
    const ahead = [1, 2, 3].map((request) => script.add(request, script, 'prefetch'))
    const last = script.add(4, {}, 'prefetch')
    const urgent = script.add(5)
    script.answer(1, 'one')
    expect(script.reads.priorityOf(5)).toBe('urgent')
    script.answer(5, 'five')
    expect(await urgent).toBe('five')
    expect(script.reads.priorityOf(2)).toBe('prefetch')
    for (const request of [2, 3, 4]) script.answer(request, `${request}`)
    expect(await Promise.all([...ahead, last])).toEqual(['one', '2', '3', '4'])
  })

  it('counts a request as urgent as soon as one read waits for it', async () => {
    const script = new ScriptedReads()
    const reads = [script.add(1, script, 'prefetch'), script.add(1, script, 'prefetch')]
    expect(script.reads.priorityOf(1)).toBe('prefetch')
    let calls = 0
    script.reads.whenUrgent(1, () => calls++)
    reads.push(script.add(1, script, 'prefetch'))
    expect(calls).toBe(0)
    reads.push(script.add(1), script.add(1))
    expect(calls).toBe(1)
    expect(script.reads.priorityOf(1)).toBe('urgent')
    script.answer(1, 'one')
    expect(await Promise.all(reads)).toEqual(Array(5).fill('one'))
    expect(script.reads.priorityOf(1)).toBe('urgent')
  })

  it('answers queued reads whose value came with another request', async () => {
    const script = new ScriptedReads()
    script.room = 1
    const reads = [script.add(1), script.add(2), script.add(3)]
    script.known.set(2, 'two')
    script.known.set(3, 'three')
    script.answer(1, 'one')
    expect(await Promise.all(reads)).toEqual(['one', 'two', 'three'])
  })

  it('gives up a read whose value never becomes known', async () => {
    const script = new ScriptedReads()
    const read = script.add(1)
    for (let round = 0; round < MAX_READ_ROUNDS; round++) script.reads.answered(1)
    await expect(read).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED', address: ADDRESS })
    script.reads.answered(1)
  })

  it('rejects the reads of one reader, or of all, including queued ones', async () => {
    const script = new ScriptedReads()
    const [first, second] = [{}, {}]
    script.room = 1
    const reads = [
      script.add(1, first),
      script.add(1, second),
      script.add(2, first),
      script.add(3, second),
    ]
    script.reads.cancel(gone, first)
    script.answer(1, 'one')
    const outcomes = await Promise.allSettled(reads.slice(0, 3))
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected'])
    expect(outcomes[2]).toMatchObject({ reason: { slot: `0x${'00'.repeat(31)}02` } })
    script.reads.cancel(gone)
    await expect(reads[3]).rejects.toMatchObject({ code: 'DESTROYED', address: ADDRESS })
    script.answer(3, 'late')
  })

  it('rejects the reads of one reader at the cost of these, not of all that wait', async () => {
    const script = new ScriptedReads()
    const readers = Array.from({ length: 300 }, () => ({}))
    let looks = 0
    /** Not a field, so that each look at it is seen. */
    class WatchedRead {
      readonly #read: Read<string>
      constructor(read: Read<string>) {
        this.#read = read
      }
      get reader(): object {
        looks++
        return this.#read.reader
      }
      get core(): ManagerCore {
        return this.#read.core
      }
      get attempt(): Read<string>['attempt'] {
        return this.#read.attempt
      }
      get key(): Read<string>['key'] {
        return this.#read.key
      }
    }
    script.room = 100
    const reads = readers.map((reader, index) => {
      const read = script.read(index % 150, reader)
      read.attempt(read.core, read.key)
      return script.reads.add(new WatchedRead(read))
    })
    for (const reader of readers) script.reads.cancel(gone, reader)
    const outcomes = await Promise.allSettled(reads)
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true)
    expect(looks).toBeLessThanOrEqual(4 * readers.length)
  })

  it('skips queued reads that were cancelled', async () => {
    const script = new ScriptedReads()
    const [first, second] = [{}, {}]
    script.room = 1
    const blocker = script.add(1)
    const [early, late] = [script.add(2, first), script.add(3, second)]
    const others = [script.add(4), script.add(5)]
    script.reads.cancel(gone, first)
    await expect(early).rejects.toMatchObject({ code: 'DESTROYED' })
    script.answer(1, 'one')
    expect(script.signals).toBe(2)
    script.reads.cancel(gone, second)
    await expect(late).rejects.toMatchObject({ code: 'DESTROYED' })
    script.room++
    script.reads.answered(3)
    for (const request of [4, 5]) script.answer(request, `${request}`)
    expect(await Promise.all([blocker, ...others])).toEqual(['one', '4', '5'])
  })

  it('rejects a read whose attempt throws', async () => {
    const script = new ScriptedReads()
    const read = script.read(1)
    read.attempt(read.core, read.key)
    let isBroken = false
    const attempt = (): string | undefined => {
      if (isBroken) throw new DestroyedError('gone')
      return undefined
    }
    const waiting = script.reads.add({ ...read, attempt })
    isBroken = true
    script.reads.answered(1)
    await expect(waiting).rejects.toMatchObject({ code: 'DESTROYED' })
  })
})

describe('keyOf', () => {
  it('runs no code of the caller', () => {
    class Lying extends Uint8Array {
      override get length(): number {
        throw new Error('ran')
      }
      override [Symbol.iterator](): never {
        throw new Error('ran')
      }
    }
    const { address } = keyOf(new Lying(20).fill(1))
    expect(address).toEqual(new Uint8Array(20).fill(1))
  })

  it('copies bytes, also of a Buffer, whose slice() does not', () => {
    for (const bytes of [new Uint8Array(20).fill(1), Buffer.alloc(20, 1)]) {
      const { address } = keyOf(bytes)
      bytes.fill(2)
      expect((address as Uint8Array)[0]).toBe(1)
    }
  })
})
