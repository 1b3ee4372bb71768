/**
 * Learns which methods an endpoint serves, from calls that are needed anyway.
 *
 * Invariants: while it is unknown whether a method is served, one call goes ahead and the others
 * wait for its outcome, so a refusal costs one call. A refusal holds for the life of the client,
 * shows in `snapshot()`, and is reported once. A failure that says nothing about the method changes
 * nothing.
 */

/** Methods that not every node serves. */
export type ProbedMethod =
  | 'eth_getProof'
  | 'eth_getAccountInfo'
  | 'eth_getStorageValues'
  | 'eth_createAccessList'
  | 'debug_traceCall'

/** What an endpoint has shown so far. `refused` holds for the life of the client. */
export type RpcCapabilities = Readonly<Record<ProbedMethod, 'unknown' | 'served' | 'refused'>>

export class Capabilities {
  readonly #known: { -readonly [Method in keyof RpcCapabilities]: RpcCapabilities[Method] } = {
    eth_getProof: 'unknown',
    eth_getAccountInfo: 'unknown',
    eth_getStorageValues: 'unknown',
    eth_createAccessList: 'unknown',
    debug_traceCall: 'unknown',
  }
  readonly #probes = new Map<ProbedMethod, Promise<void>>()
  readonly #onRefused: (method: ProbedMethod) => void

  /** @param onRefused Called once for each method that the endpoint turns out not to serve. */
  constructor(onRefused: (method: ProbedMethod) => void = () => {}) {
    this.#onRefused = onRefused
  }

  snapshot(): RpcCapabilities {
    return { ...this.#known }
  }

  isRefused(method: ProbedMethod): boolean {
    return this.#known[method] === 'refused'
  }

  /** Records what a call shows that goes ahead without waiting for others. */
  async watch<Result>(
    method: ProbedMethod,
    calling: Promise<Result>,
    isRefusal: (error: unknown) => boolean,
  ): Promise<Result> {
    try {
      const result = await calling
      if (this.#known[method] === 'unknown') this.#known[method] = 'served'
      return result
    } catch (error) {
      if (isRefusal(error)) this.#refuse(method)
      throw error
    }
  }

  /**
   * Makes a call if the endpoint may serve the method.
   *
   * @returns Undefined if the endpoint does not serve it, known before or learnt from this call.
   */
  async attempt<Result>(
    method: ProbedMethod,
    call: () => Promise<Result>,
    isRefusal: (error: unknown) => boolean,
  ): Promise<{ readonly result: Result } | undefined> {
    const probe = this.#probes.get(method)
    if (probe !== undefined && this.#known[method] === 'unknown') await probe
    if (this.#known[method] === 'refused') return undefined
    const calling = this.watch(method, call(), isRefusal)
    if (this.#known[method] === 'unknown') this.#awaitProbe(method, calling)
    try {
      return { result: await calling }
    } catch (error) {
      if (isRefusal(error)) return undefined
      throw error
    }
  }

  #refuse(method: ProbedMethod): void {
    if (this.#known[method] === 'refused') return
    this.#known[method] = 'refused'
    this.#onRefused(method)
  }

  #awaitProbe(method: ProbedMethod, calling: Promise<unknown>): void {
    if (this.#probes.has(method)) return
    const settled = calling.then(
      () => {},
      () => {},
    )
    this.#probes.set(
      method,
      settled.finally(() => this.#probes.delete(method)),
    )
  }
}
