/**
 * The ladder for a trie node that no proof of the pinned block holds: the sibling of something that
 * a local write deleted, which moves up when its branch has no other child.
 *
 * 1. The node by its hash (`debug_dbGet`), and along with it the proof of the same key at the next
 *    block: if that key was deleted there too, its last node is the sibling with another path.
 * 2. The witness of the next block (`debug_executionWitness`).
 * 3. The proof of another key below the sibling, which is found by trying.
 *
 * Invariants: a node is taken by its hash alone, so whoever sends it need not be trusted. Each step
 * is bounded. What was asked for ends as nodes in the core, or as a {@link MissingTrieNodeError}.
 */

import type { Hex } from '../../encoding/hex.ts'
import { ADDRESS_BYTES, toBytes, WORD_BYTES } from '../../encoding/hex.ts'
import { ForkStateError } from '../../errors.ts'
import { MissingTrieNodeError } from '../../ffi/errors.ts'
import type { ForkCore } from '../../ffi/fork-core.ts'
import type { CoreRequest } from '../../ffi/fork-request.ts'
import { findPreimage } from '../../ffi/preimage.ts'
import type { BlockRef, EthProof, RpcClient } from '../../rpc/rpc-client.ts'
import type { BlockReader } from '../block/block-reader.ts'
import { describeCause, kindOf } from '../block/errors.ts'
import { checkProof } from './account-answer.ts'
import type { AnswerSink } from './chain-calls.ts'
import type { Prover } from './prover.ts'

/** Keys tried for one node: enough for a path of about five nibbles. */
export const MAX_PREIMAGE_TRIES = 4_194_304
/** Keys tried before others get their turn. */
const TRIES_A_SLICE = 16_384
/** Longer paths are not tried: the chance to find a key is too small. */
const MAX_PREIMAGE_NIBBLES = 6

/** What the search works with. */
export interface NodeFinderContext {
  readonly client: RpcClient
  readonly core: ForkCore
  readonly sink: AnswerSink
  readonly prover: Prover
  readonly reader: BlockReader
  /** Ends the search. */
  readonly signal: AbortSignal
  /** Methods that the node does not serve; added to. */
  readonly refused: Set<string>
  /** Whether there is nobody to ask. */
  readonly isOffline: boolean
}

/** Answers or fails every request, which are all of kind `node`. Never rejects. */
export async function findNodes(
  requests: readonly CoreRequest[],
  context: NodeFinderContext,
): Promise<void> {
  const search = new NodeSearch(context)
  const steps = [
    (wanted: readonly CoreRequest[]) =>
      Promise.all([search.askByHash(wanted), search.askNextBlock(wanted)]),
    (wanted: readonly CoreRequest[]) => search.askWitness(wanted),
    (wanted: readonly CoreRequest[]) => search.askBelow(wanted),
  ]
  let missing = requests
  for (const step of steps) {
    if (missing.length === 0 || context.isOffline || context.signal.aborted) break
    await search.take(() => step(missing))
    // The core may be gone by now, and the requests are void.
    if (context.signal.aborted) return
    missing = missing.filter((request) => !search.isAnswered(request))
  }
  for (const request of missing) context.sink.fail(request, search.errorOf(request))
}

class NodeSearch {
  readonly #context: NodeFinderContext
  /** What was tried in vain, for the message. */
  readonly #failures: string[] = []
  #cause: unknown

  constructor(context: NodeFinderContext) {
    this.#context = context
  }

  /** Runs a step. What it stumbles over, in an answer of whatever form, is noted. */
  async take(step: () => Promise<unknown>): Promise<void> {
    try {
      await step()
    } catch (error) {
      this.#noteFailure('an answer', error)
    }
  }

  /** Closes a request whose node is there. */
  isAnswered(request: CoreRequest): boolean {
    const { core, sink } = this.#context
    return core.trieNodes.has(request.word) && sink.provideNodes(request)
  }

  async askByHash(requests: readonly CoreRequest[]): Promise<void> {
    await Promise.all(
      requests.map(async ({ word, generation }) => {
        const node = await this.#request('debug_dbGet', [word])
        if (typeof node !== 'string' || this.#insertWanted(generation, node, [word])) return
        this.#failures.push('debug_dbGet: it answered something else')
      }),
    )
  }

  /** One call an account, with all its slots. */
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
      const slots = [...new Set(group.flatMap(({ node }) => node?.slot ?? []))]
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

  async askWitness(requests: readonly CoreRequest[]): Promise<void> {
    const { reader } = this.#context
    const wanted = requests.map(({ word }) => word)
    const generation = requests[0]?.generation ?? 0
    const next = `0x${(reader.block.number + 1n).toString(16)}`
    const witness = (await this.#request('debug_executionWitness', [next])) as
      | { readonly state?: unknown }
      | undefined
    const state = witness?.state
    // Some nodes answer a list, some an object whose values are the nodes.
    const nodes: readonly unknown[] =
      typeof state === 'object' && state !== null ? Object.values(state) : []
    for (const node of nodes) {
      if (typeof node === 'string') this.#insertWanted(generation, node, wanted)
    }
  }

  /** Proofs of keys that lie below the nodes. */
  async askBelow(requests: readonly CoreRequest[]): Promise<void> {
    const found: (readonly [CoreRequest, Hex])[] = []
    for (const request of requests) {
      const key = await this.#findKey(request)
      if (key !== undefined) found.push([request, key])
    }
    await Promise.all(found.map(([request, key]) => this.#proveKey(request, key)))
  }

  async #findKey({ node }: CoreRequest): Promise<Hex | undefined> {
    const { core, signal } = this.#context
    if (node === undefined || node.path.length > MAX_PREIMAGE_NIBBLES) {
      this.#failures.push('the path is too long to find a key below it')
      return undefined
    }
    const keyBytes = node.trie === 'accounts' ? ADDRESS_BYTES : WORD_BYTES
    for (let first = 0; first < MAX_PREIMAGE_TRIES && !signal.aborted; first += TRIES_A_SLICE) {
      const found = findPreimage(core.engine, {
        path: node.path,
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

  /** Reads the proof of a key at the pinned block, which brings all nodes on its way. */
  #proveKey({ address, generation, node }: CoreRequest, key: Hex): Promise<void> {
    const { client, reader, signal, prover } = this.#context
    const isAccount = node?.trie === 'accounts'
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

  errorOf({ word, address, node }: CoreRequest): MissingTrieNodeError {
    const { path = '', slot, trie } = node ?? {}
    const place = trie === 'storage' && slot !== undefined ? { address, slot } : { address }
    return new MissingTrieNodeError(`a node of the ${trie ?? ''} trie cannot be obtained`, {
      hash: word,
      path,
      ...place,
      block: this.#context.reader.block.hash,
      details: [`node ${word} at path ${path || '(root)'}`, ...this.#failures].join('; '),
      cause: this.#cause,
      hint: 'load an execution witness of the next block, or use a node that serves debug_dbGet',
    })
  }

  /** Undefined if the node does not serve it, or fails. */
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

  /** Whether it is wanted. What is inserted is kept, so nothing else is. */
  #insertWanted(generation: number, node: string, wanted: readonly Hex[]): boolean {
    const { core } = this.#context
    let isWanted = false
    this.#note(() => {
      const bytes = toBytes(node as Hex, 'node')
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

/** The list of the proof that leads to the leaf that was deleted. */
function listOf(proof: EthProof, { node }: CoreRequest): readonly Hex[] | undefined {
  if (node?.trie === 'accounts') return proof.accountProof
  return proof.storageProof.find(({ key }) => key === node?.slot)?.proof
}
