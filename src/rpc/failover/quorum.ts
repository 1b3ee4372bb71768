/**
 * One request sent to several endpoints until enough of them agree on an answer: a quorum.
 *
 * It is sent to as many endpoints at once as must agree. For each endpoint that fails or disagrees
 * the next one is used, and optionally one more when an answer is late (hedging). Requests that are
 * still in flight when the quorum is settled are aborted.
 *
 * Invariants: it settles once; an endpoint gets the request once; an answer counts only if it comes
 * from the right chain.
 */

import { AbortedError } from '../../diagnostics/errors.ts'
import type { Hex } from '../../encoding/hex.ts'
import type { AbortWatch } from '../abort-watch.ts'
import type { Clock } from '../clock.ts'
import type { RpcCallOptions } from '../rpc-client.ts'
import type { EndpointRequest } from './endpoint-request.ts'
import type { Answer, EndpointState, ExpectedChain } from './endpoint-state.ts'
import { WrongChainError } from './endpoint-state.ts'
import type { EndpointAnswer } from './errors.ts'
import { noAnswerError, quorumError } from './errors.ts'

export interface QuorumRules {
  /** Number of endpoints that must agree. */
  readonly required: number
  readonly hedgeAfterMs: number | undefined
  readonly clock: Clock
  readonly aborts: AbortWatch
  /** Any of them aborts the request. */
  readonly signals: readonly AbortSignal[]
  /** Call options that the endpoints get besides the signal. */
  readonly callOptions: Omit<RpcCallOptions, 'signal'>
  readonly expected: Readonly<ExpectedChain>
  /** Hash of the block that the request names by number. */
  readonly knownHash: Hex | undefined
  /** Called when a further endpoint is used because another one is late. */
  readonly onHedge: () => void
  /** Called when a further endpoint is used because another one failed. */
  readonly onFailover: (error: unknown) => void
}

interface Vote<Result> extends Answer<Result> {
  readonly endpoints: EndpointState[]
}

/** The answer that enough endpoints agree on. */
export interface QuorumResult<Result> extends Answer<Result> {
  /**
   * Whether later answers may be compared with it: it needed no confirmation, or nobody else could
   * confirm it.
   */
  readonly isConfirmed: boolean
}

/** Sends the request to `candidates`, best one first. @throws RpcError; AbortedError. */
export function reachQuorum<Result>(
  request: EndpointRequest<Result>,
  candidates: readonly EndpointState[],
  rules: QuorumRules,
): Promise<QuorumResult<Result>> {
  return new Promise((resolve, reject) => {
    new Quorum(request, candidates, rules, { resolve, reject }).start()
  })
}

interface Settlers<Result> {
  readonly resolve: (result: QuorumResult<Result>) => void
  readonly reject: (error: unknown) => void
}

class Quorum<Result> {
  readonly #request: EndpointRequest<Result>
  readonly #rules: QuorumRules
  readonly #settlers: Settlers<Result>
  readonly #remaining: EndpointState[]
  readonly #running = new Map<EndpointState, AbortController>()
  readonly #votes = new Map<string, Vote<Result>>()
  /** Answers that need confirmation; used only if there is no better one. */
  readonly #unconfirmed: Vote<Result>[] = []
  readonly #answers: (() => EndpointAnswer)[] = []
  #failures = 0
  /** Failures for which no other endpoint was used yet. */
  readonly #unreplaced: unknown[] = []
  #isSettled = false
  #cancelHedge = (): void => {}
  #unwatch: (() => void)[] = []

  constructor(
    request: EndpointRequest<Result>,
    candidates: readonly EndpointState[],
    rules: QuorumRules,
    outcome: Settlers<Result>,
  ) {
    this.#request = request
    this.#rules = rules
    this.#settlers = outcome
    this.#remaining = [...candidates]
  }

  start(): void {
    const { signals, aborts } = this.#rules
    const { method, place } = this.#request
    const abort = (reason: unknown): void => {
      const error = new AbortedError(`${method} was aborted`, { cause: reason, ...place })
      this.#settle(() => this.#settlers.reject(error))
    }
    for (const signal of signals) {
      this.#unwatch.push(aborts.watch(signal, () => abort(signal.reason)))
    }
    const aborted = signals.find((signal) => signal.aborted)
    if (aborted !== undefined) abort(aborted.reason)
    this.#goOn()
  }

  /** Settles, or sends the request to as many more endpoints as may still be needed. */
  #goOn(): void {
    if (this.#isSettled) return
    const { required } = this.#rules
    const best = this.#bestVote()
    const agreeing = best?.endpoints.length ?? 0
    if (best !== undefined && agreeing >= required) {
      this.#accept(best)
      return
    }
    while (this.#running.size + agreeing < required && this.#sendNext()) {
      this.#planHedge()
      if (this.#unreplaced.length > 0) this.#rules.onFailover(this.#unreplaced.shift())
    }
    if (this.#running.size + agreeing >= required) return
    const lastResort =
      this.#unconfirmed.find(({ result }) => result !== null) ?? this.#unconfirmed[0]
    const isResort = required === 1 && this.#running.size === 0
    if (isResort && lastResort !== undefined) this.#accept(lastResort)
    else this.#reject(agreeing)
  }

  #bestVote(): Vote<Result> | undefined {
    const votes = [...this.#votes.values()]
    return votes.sort((a, b) => b.endpoints.length - a.endpoints.length)[0]
  }

  #sendNext(): boolean {
    const endpoint = this.#remaining.shift()
    if (endpoint === undefined) return false
    const { clock, callOptions, knownHash } = this.#rules
    const controller = new AbortController()
    const startedAtMs = clock.now()
    this.#running.set(endpoint, controller)
    const options = { ...callOptions, signal: controller.signal }
    endpoint.send(this.#request, options, knownHash).then(
      (answer) => this.#answered(endpoint, answer, clock.now() - startedAtMs),
      (error: unknown) => this.#failed(endpoint, error),
    )
    return true
  }

  #planHedge(): void {
    const { hedgeAfterMs, clock, onHedge } = this.#rules
    this.#cancelHedge()
    if (hedgeAfterMs === undefined || this.#remaining.length === 0) return
    this.#cancelHedge = clock.after(hedgeAfterMs, () => {
      if (this.#isSettled || !this.#sendNext()) return
      onHedge()
      this.#planHedge()
    })
  }

  #answered(endpoint: EndpointState, answer: Answer<Result>, latencyMs: number): void {
    if (this.#isSettled) return
    if (endpoint.isWrongChain) {
      this.#failed(endpoint, this.#wrongChain(endpoint, answer.chainId))
      return
    }
    this.#running.delete(endpoint)
    endpoint.succeeded(latencyMs)
    const { result, chainId } = answer
    const summarize = (): string => this.#request.summary(result, chainId)
    this.#answers.push(() => ({ endpoint: endpoint.name, answer: summarize() }))
    const { required } = this.#rules
    if (required === 1 && this.#request.needsConfirmation?.(result)) {
      this.#unconfirmed.push({ ...answer, endpoints: [endpoint] })
    } else {
      const key = required === 1 ? '' : `${chainId} ${summarize()}`
      const vote = this.#votes.get(key)
      if (vote === undefined) this.#votes.set(key, { ...answer, endpoints: [endpoint] })
      else vote.endpoints.push(endpoint)
    }
    this.#goOn()
  }

  #failed(endpoint: EndpointState, error: unknown): void {
    if (this.#isSettled) return
    this.#running.delete(endpoint)
    this.#failures++
    this.#unreplaced.push(error)
    endpoint.failed(this.#request, error)
    const answer = error instanceof Error ? error : new Error(String(error))
    this.#answers.push(() => ({ endpoint: endpoint.name, answer }))
    this.#goOn()
  }

  #accept(chosen: Vote<Result>): void {
    for (const vote of [...this.#votes.values(), ...this.#unconfirmed]) {
      // An endpoint that does not have the block yet contradicts nothing, nor does a second
      // unconfirmed answer.
      const isContradiction = vote !== chosen && vote.result !== null
      if (!isContradiction || this.#unconfirmed.includes(chosen)) continue
      for (const endpoint of vote.endpoints) endpoint.contradicted()
    }
    const { result, chainId } = chosen
    const isConfirmed = !this.#unconfirmed.includes(chosen) || this.#isUnanimous()
    this.#settle(() => this.#settlers.resolve({ result, chainId, isConfirmed }))
  }

  /**
   * Whether the unconfirmed answers agree, and there are two of them, or all that there could be.
   */
  #isUnanimous(): boolean {
    const blocks = this.#unconfirmed.filter(({ result }) => result !== null)
    const summaries = blocks.map((vote) => this.#request.summary(vote.result, vote.chainId))
    const isAll = this.#failures === 0 && blocks.length === this.#unconfirmed.length
    return new Set(summaries).size === 1 && (isAll || blocks.length > 1)
  }

  #reject(agreeing: number): void {
    const { method, place } = this.#request
    const outcome = { method, answers: this.#answers.map((describe) => describe()), ...place }
    const { required } = this.#rules
    const error =
      agreeing === 0 && this.#votes.size === 0
        ? noAnswerError(outcome)
        : quorumError(outcome, { required, agreeing })
    this.#settle(() => this.#settlers.reject(error))
  }

  #settle(settle: () => void): void {
    if (this.#isSettled) return
    this.#isSettled = true
    this.#cancelHedge()
    for (const unwatch of this.#unwatch) unwatch()
    settle()
    for (const controller of this.#running.values()) controller.abort()
  }

  #wrongChain(endpoint: EndpointState, chainId: bigint): WrongChainError {
    const { method, place } = this.#request
    const { id: expected } = this.#rules.expected
    return new WrongChainError(`${method} at ${endpoint.name}: the endpoint is on another chain`, {
      method,
      endpoint: endpoint.name,
      ...place,
      details: `chain id ${chainId}, not ${expected}`,
      hint: 'remove the endpoint',
    })
  }
}
