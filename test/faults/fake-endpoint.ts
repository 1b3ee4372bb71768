/** Scripted endpoints in virtual time, for a client over several of them. */

import type { Hex } from '../../src/encoding/hex.ts'
import { RpcError } from '../../src/rpc/errors.ts'
import type { FailoverOptions } from '../../src/rpc/failover/failover-client.ts'
import { FailoverRpcClient } from '../../src/rpc/failover/failover-client.ts'
import type {
  BlockHeader,
  BlockTag,
  EthProof,
  RpcCallOptions,
  RpcClient,
} from '../../src/rpc/rpc-client.ts'
import type { RpcErrorKind } from '../../src/rpc/vendors.ts'
import { VirtualClock } from './virtual-clock.ts'

export const HASH: Hex = `0x${'ab'.repeat(32)}`
const LATENCY_MS = 10
const HEAD = 100n

type Method = 'getProof' | 'getCode' | 'getBlock' | 'getChainId'
type Script = (subject: unknown) => unknown

export function headerOf(number: bigint, fork = 'cc'): BlockHeader {
  const hash: Hex = `0x${fork}${number.toString(16).padStart(62, '0')}`
  return { number, hash, stateRoot: HASH, parentHash: HASH, timestamp: number }
}

export function proofOf(address: Hex): EthProof {
  const hashes = { codeHash: HASH, storageHash: HASH }
  return { address, balance: 5n, nonce: 1n, ...hashes, accountProof: [], storageProof: [] }
}

/** A script that throws an RPC error. */
export function raise(
  kind: RpcErrorKind,
  fields: { readonly retryAfterMs?: number; readonly httpStatus?: number } = {},
): () => never {
  return () => {
    const endpoint = 'it'
    throw new RpcError(`m at it: ${kind}`, { method: 'm', endpoint, kind, ...fields })
  }
}

/** Answers after 10 ms, and correctly unless a script replaces the answer. */
export class FakeEndpoint implements RpcClient {
  readonly endpoint: string
  readonly asked: Method[] = []
  aborted = 0
  isClosed = false
  readonly #clock: VirtualClock
  readonly #scripts = new Map<Method, Script>()
  #delayMs = LATENCY_MS

  constructor(name: string, clock: VirtualClock) {
    this.endpoint = name
    this.#clock = clock
  }

  on(method: Method, script: Script | undefined): void {
    if (script === undefined) this.#scripts.delete(method)
    else this.#scripts.set(method, script)
  }

  /** Sets the latency. With 0 it answers in the same turn. */
  delay(ms: number): void {
    this.#delayMs = ms
  }

  getProof(address: Hex, _slots: unknown, _block: unknown, options?: RpcCallOptions) {
    return this.#answer('getProof', address, () => proofOf(address), options)
  }

  getCode(address: Hex, _block: unknown, options?: RpcCallOptions) {
    return this.#answer('getCode', address, (): Hex => '0x6001', options)
  }

  getBlock(block: bigint | BlockTag | Hex, options?: RpcCallOptions) {
    const right = (): BlockHeader | null => headerOf(typeof block === 'bigint' ? block : HEAD)
    return this.#answer('getBlock', block, right, options)
  }

  getChainId(options?: RpcCallOptions) {
    return this.#answer('getChainId', undefined, () => 1n, options)
  }

  close(): void {
    this.isClosed = true
  }

  #answer<Result>(
    method: Method,
    subject: unknown,
    right: () => Result,
    { signal }: RpcCallOptions = {},
  ): Promise<Result> {
    this.asked.push(method)
    const script = this.#scripts.get(method)
    return new Promise((resolve, reject) => {
      const answer = (): void => {
        try {
          resolve(script === undefined ? right() : (script(subject) as Result))
        } catch (error) {
          reject(error)
        }
      }
      if (this.#delayMs === 0) return answer()
      const cancel = this.#clock.after(this.#delayMs, answer)
      signal?.addEventListener('abort', () => {
        this.aborted++
        cancel()
        reject(signal.reason)
      })
    })
  }
}

/** A client over endpoints with these names, in virtual time. */
export function setUp(names: readonly string[], options: FailoverOptions = {}) {
  const clock = new VirtualClock()
  const endpoints = names.map((name) => new FakeEndpoint(name, clock))
  const client = new FailoverRpcClient(endpoints, { clock, random: () => 0.5, ...options })
  const run = <Result>(promise: Promise<Result>): Promise<Result> => clock.run(promise)
  return { client, endpoints, clock, run }
}
