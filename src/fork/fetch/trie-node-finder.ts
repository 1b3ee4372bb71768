/**
 * The search for a trie node that is in no proof at the pinned block: the sibling of a key that a
 * local write deleted. Where a branch is left with one child, the state root needs that child.
 *
 * Steps, until the trie node is found:
 * 1. Ask for it by its hash (`debug_dbGet`), and at the same time for the proof of the deleted key
 *    at the next block: if the key was deleted there too, the last trie node of that proof is the
 *    sibling with another path.
 * 2. Ask for the witness of the next block (`debug_executionWitness`).
 * 3. Find a key below the sibling by trying many, and ask for its proof.
 *
 * Invariants: a trie node is accepted by its hash alone, so its sender need not be trusted. Each
 * step is bounded. Each request ends with the trie node in the core, or a
 * {@link MissingTrieNodeError}.
 */

import { ForkStateError } from '../../diagnostics/errors.ts'
import type { Hex } from '../../encoding/hex.ts'
import { ADDRESS_BYTES, toBytes, WORD_BYTES } from '../../encoding/hex.ts'
import { MissingTrieNodeError } from '../../ffi/errors.ts'
import type { ForkCore } from '../../ffi/fork-core.ts'
import type { CoreRequest } from '../../ffi/fork-request.ts'
import { findPreimage } from '../../ffi/preimage.ts'
import type { BlockRef, EthProof, RpcClient } from '../../rpc/rpc-client.ts'
import type { BlockReader } from '../block/block-reader.ts'
import { describeCause, kindOf } from '../errors.ts'
import { checkProof } from './account-answer.ts'
import type { AnswerSink } from './answer-sink.ts'
import type { Prover } from './prover.ts'

/** Keys tried for one trie node: enough for a path of about five nibbles. */
export const MAX_PREIMAGE_TRIES = 4_194_304
/** Keys tried before other tasks get their turn. */
const TRIES_A_SLICE = 16_384
/** No keys are tried for longer paths: the chance to find one is too small. */
const MAX_PREIMAGE_NIBBLES = 6

/** What the search works with. */
export interface TrieNodeSearchContext {
  readonly client: RpcClient
  readonly core: ForkCore
  readonly sink: AnswerSink
  readonly prover: Prover
  readonly reader: BlockReader
  /** Aborts the search. */
  readonly signal: AbortSignal
  /** Methods that the node does not serve; added to. */
  readonly refused: Set<string>
  /** Whether there is no node to ask. */
  readonly isOffline: boolean
}

/** Answers or fails every request, which are all of kind `trieNode`. Never rejects. */
export async function findTrieNodes(
  requests: readonly CoreRequest[],
  context: TrieNodeSearchContext,
): Promise<void> {
  const search = new TrieNodeSearch(context)
  const steps = [
    (wanted: readonly CoreRequest[]) =>
      Promise.all([search.askByHash(wanted), search.askNextBlock(wanted)]),
    (wanted: readonly CoreRequest[]) => search.askNextWitness(wanted),
    (wanted: readonly CoreRequest[]) => search.askBelow(wanted),
  ]
  let missing = requests
  for (const step of steps) {
    if (missing.length === 0 || context.isOffline || context.signal.aborted) break
    await search.run(() => step(missing))
    // The core may be gone by now, and the requests are void.
    if (context.signal.aborted) return
    missing = missing.filter((request) => !search.isAnswered(request))
  }
  for (const request of missing) context.sink.fail(request, search.errorOf(request))
}

class TrieNodeSearch {
  readonly #context: TrieNodeSearchContext
  /** Why each attempt failed, for the error. */
  readonly #failures: string[] = []
  #cause: unknown

  constructor(context: TrieNodeSearchContext) {
    this.#context = context
  }

  /** Runs a step. Whatever it throws, because of an answer of any form, is noted. */
  async run(step: () => Promise<unknown>): Promise<void> {
    try {
      await step()
    } catch (error) {
      this.#noteFailure('an answer', error)
    }
  }

  /** Closes a request whose trie node the core has by now. */
  isAnswered(request: CoreRequest): boolean {
    const { core, sink } = this.#context
    return core.trieNodes.has(request.word) && sink.provideTrieNodes(request)
  }

  async askByHash(requests: readonly CoreRequest[]): Promise<void> {
    await Promise.all(
      requests.map(async ({ word, generation }) => {
        const answer = await this.#request('debug_dbGet', [word])
        if (typeof answer !== 'string' || this.#insertWanted(generation, answer, [word])) return
        this.#failures.push('debug_dbGet: the answer is another trie node')
      }),
    )
  }

  /** One call per account, with all its slots. */
  async askNextBlock(requests: readonly CoreRequest[]): Promise<void> {
    const { client, reader, signal, core } = this.#context
    const block: BlockRef = { blockNumber: reader.block.number + 1n }
    const byAddress = new Map<Hex, CoreRequest[]>()
    for (const request of requests) {
      const group = byAddress.get(request.address) ?? []
      byAddress.set(request.address, group)
      group.push(request)
    }
    const asking = [...byAddress].map(async ([address, group]) => {
      const slots = [...new Set(group.flatMap(({ trieNode }) => trieNode?.slot ?? []))]
      const proof = await this.#try('eth_getProof of the next block', () =>
        client.getProof(address, slots, block, { signal }),
      )
      if (proof === undefined) return
      for (const request of group) {
        const list = listOf(proof, request)
        if (list !== undefined) this.#note(() => core.trieNodes.rebuildSibling(request, list))
      }
    })
    await Promise.all(asking)
  }

  async askNextWitness(requests: readonly CoreRequest[]): Promise<void> {
    const { reader } = this.#context
    const wanted = requests.map(({ word }) => word)
    const generation = requests[0]?.generation ?? 0
    const next = `0x${(reader.block.number + 1n).toString(16)}`
    const witness = (await this.#request('debug_executionWitness', [next])) as
      | { readonly state?: unknown }
      | undefined
    const state = witness?.state
    // Some clients answer a list of trie nodes, others an object whose values are the trie nodes.
    const trieNodes: readonly unknown[] =
      typeof state === 'object' && state !== null ? Object.values(state) : []
    for (const trieNode of trieNodes) {
      if (typeof trieNode === 'string') this.#insertWanted(generation, trieNode, wanted)
    }
  }

  /** Asks for proofs of keys that lie below the trie nodes. */
  async askBelow(requests: readonly CoreRequest[]): Promise<void> {
    const found: (readonly [CoreRequest, Hex])[] = []
    for (const request of requests) {
      const key = await this.#findKey(request)
      if (key !== undefined) found.push([request, key])
    }
    await Promise.all(found.map(([request, key]) => this.#proveKey(request, key)))
  }

  async #findKey({ trieNode }: CoreRequest): Promise<Hex | undefined> {
    const { core, signal } = this.#context
    if (trieNode === undefined || trieNode.path.length > MAX_PREIMAGE_NIBBLES) {
      this.#failures.push('the path is too long to find a key below it')
      return undefined
    }
    const keyBytes = trieNode.trie === 'accounts' ? ADDRESS_BYTES : WORD_BYTES
    for (let first = 0; first < MAX_PREIMAGE_TRIES && !signal.aborted; first += TRIES_A_SLICE) {
      const found = findPreimage(core.engine, {
        path: trieNode.path,
        keyBytes,
        first: BigInt(first),
        tries: TRIES_A_SLICE,
      })
      if (found !== undefined) return found.key
      await new Promise((resolve) => setTimeout(resolve, 0))
    }
    this.#failures.push(`none of ${MAX_PREIMAGE_TRIES} keys lies below it`)
    return undefined
  }

  /** Reads the proof of a key at the pinned block, which has all trie nodes on its path. */
  #proveKey({ address, generation, trieNode }: CoreRequest, key: Hex): Promise<void> {
    const { client, reader, signal, prover } = this.#context
    const isAccount = trieNode?.trie === 'accounts'
    const asked = {
      method: 'eth_getProof',
      address: isAccount ? key : address,
      slots: isAccount ? [] : [key],
      generation,
      endpoint: client.endpoint ?? 'the RPC client',
    }
    return new Promise((resolve) => {
      const fail = (error: unknown): void => {
        this.#noteFailure('a key below it', error)
        resolve()
      }
      const send = async (block: BlockRef) => {
        const proof = await client.getProof(asked.address, asked.slots, block, { signal })
        prover.prove(checkProof(proof, asked), asked)
        return { showsState: () => true, accept: resolve }
      }
      reader.start([{ send, fail }])
    })
  }

  errorOf({ word, address, trieNode }: CoreRequest): MissingTrieNodeError {
    const { path = '', slot, trie } = trieNode ?? {}
    const key = trie === 'storage' && slot !== undefined ? { address, slot } : { address }
    return new MissingTrieNodeError(`a node of the ${trie ?? ''} trie cannot be obtained`, {
      hash: word,
      path,
      ...key,
      block: this.#context.reader.block.hash,
      details: [`trie node ${word} at path ${path || '(root)'}`, ...this.#failures].join('; '),
      cause: this.#cause,
      hint: 'load a witness of the next block, or use an endpoint that serves debug_dbGet',
    })
  }

  /** Undefined if the node does not serve the method, or the call fails. */
  async #request(method: string, params: readonly unknown[]): Promise<unknown> {
    const { client, refused, signal } = this.#context
    if (client.request === undefined || refused.has(method)) return undefined
    return await this.#try(method, async () => client.request?.(method, params, { signal }))
  }

  async #try<Answer>(what: string, call: () => Promise<Answer>): Promise<Answer | undefined> {
    try {
      return await call()
    } catch (error) {
      if (kindOf(error) === 'unsupported-method') this.#context.refused.add(what)
      this.#noteFailure(what, error)
      return undefined
    }
  }

  /** False if it is not wanted. Only wanted ones are inserted, as the core keeps them for good. */
  #insertWanted(generation: number, trieNode: string, wanted: readonly Hex[]): boolean {
    const { core } = this.#context
    let isWanted = false
    this.#note(() => {
      const bytes = toBytes(trieNode as Hex, 'trie node')
      isWanted = wanted.includes(core.keccak256(bytes))
      if (isWanted) core.trieNodes.insert(generation, bytes)
    })
    return isWanted
  }

  #note(run: () => unknown): void {
    try {
      run()
    } catch (error) {
      if (!(error instanceof ForkStateError)) throw error
      this.#noteFailure('an answer', error)
    }
  }

  #noteFailure(what: string, error: unknown): void {
    this.#cause ??= error
    this.#failures.push(`${what}: ${describeCause(error)}`)
  }
}

/** The part of the proof that leads to the deleted leaf. */
function listOf(proof: EthProof, { trieNode }: CoreRequest): readonly Hex[] | undefined {
  if (trieNode?.trie === 'accounts') return proof.accountProof
  return proof.storageProof.find(({ key }) => key === trieNode?.slot)?.proof
}
