/**
 * Three ways to a {@link FakeChain}: an `RpcClient` in process (fast, for random operations), an
 * EIP-1193 provider, and a JSON-RPC server on loopback that a proxy can stand in front of.
 */

import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Hex, numberToHex } from 'viem'

import type {
  BlockHeader,
  BlockRef,
  BlockTag,
  EthProof,
  RpcCallOptions,
  RpcClient,
  RpcPriority,
} from '../../src/index.ts'
import type { FakeChain } from './fake-chain.ts'
import { FakeRpcError } from './fake-chain.ts'
import type { ProofJson } from './rpc-answers.ts'

/** One call that reached a {@link FakeRpcClient}. */
export interface FakeCall {
  readonly method: 'getProof' | 'getCode' | 'getBlock' | 'getChainId'
  readonly address?: Hex
  readonly slots?: readonly Hex[]
  readonly block?: BlockRef | bigint | BlockTag | Hex
  readonly signal?: AbortSignal | undefined
  /** The priority that the caller gave; absent on calls without one. */
  readonly priority?: RpcPriority | undefined
}

/** Answers from a chain in process. Calls are logged, and can be made to fail or wait. */
export class FakeRpcClient implements RpcClient {
  readonly calls: FakeCall[] = []
  /**
   * Runs before each answer. The answer fails if it throws, and waits while it waits.
   */
  before: ((call: FakeCall) => Promise<void> | void) | undefined
  readonly #chain: FakeChain

  constructor(chain: FakeChain) {
    this.#chain = chain
  }

  /** Calls that read state, not block headers. */
  get stateCalls(): readonly FakeCall[] {
    return this.calls.filter(({ method }) => method === 'getProof' || method === 'getCode')
  }

  async getProof(
    address: Hex,
    slots: readonly Hex[],
    block: BlockRef,
    options: RpcCallOptions = {},
  ): Promise<EthProof> {
    const { signal, priority } = options
    await this.#enter({ method: 'getProof', address, slots, block, signal, priority })
    const proof = this.#chain.answer('eth_getProof', [
      address,
      slots,
      wireBlock(block),
    ]) as ProofJson
    return {
      address: proof.address,
      balance: BigInt(proof.balance),
      nonce: BigInt(proof.nonce),
      codeHash: proof.codeHash,
      storageHash: proof.storageHash,
      accountProof: proof.accountProof,
      storageProof: proof.storageProof.map((slot) => ({ ...slot, value: BigInt(slot.value) })),
    }
  }

  async getCode(address: Hex, block: BlockRef, options: RpcCallOptions = {}): Promise<Hex> {
    const { signal, priority } = options
    await this.#enter({ method: 'getCode', address, block, signal, priority })
    return this.#chain.answer('eth_getCode', [address, wireBlock(block)]) as Hex
  }

  async getBlock(
    block: bigint | BlockTag | Hex,
    { signal, priority }: RpcCallOptions = {},
  ): Promise<BlockHeader | null> {
    await this.#enter({ method: 'getBlock', block, signal, priority })
    const isHash = typeof block === 'string' && block.startsWith('0x')
    const name = typeof block === 'bigint' ? numberToHex(block) : block
    return (isHash ? this.#chain.findByHash(block as Hex) : this.#chain.findBlock(name)) ?? null
  }

  async getChainId(): Promise<bigint> {
    await this.#enter({ method: 'getChainId' })
    return this.#chain.chainId
  }

  async #enter(call: FakeCall): Promise<void> {
    this.calls.push(call)
    await this.before?.(call)
  }
}

function wireBlock(block: BlockRef): unknown {
  return 'blockHash' in block ? block : numberToHex(block.blockNumber)
}

/** An EIP-1193 provider with a log of its requests. */
export interface FakeProvider {
  readonly requests: { readonly method: string; readonly params: readonly unknown[] }[]
  request(args: { readonly method: string; readonly params?: unknown }): Promise<unknown>
}

export function fakeProvider(chain: FakeChain): FakeProvider {
  const requests: FakeProvider['requests'] = []
  return {
    requests,
    async request({ method, params = [] }) {
      requests.push({ method, params: params as unknown[] })
      return chain.answer(method, params as unknown[])
    },
  }
}

/** The source of a server's answers. */
export interface Answers {
  /** @throws FakeRpcError where a node would answer with an error. */
  answer(method: string, params: readonly unknown[]): unknown
}

/** A running JSON-RPC server over a chain. */
export interface FakeServer {
  readonly url: string
  stop(): Promise<void>
}

/** Serves `chain` on a free loopback port: single calls and batches. */
export async function startFakeServer(chain: Answers): Promise<FakeServer> {
  const server = createServer((incoming, response) => {
    readJson(incoming)
      .then((body) => answerBody(chain, body))
      .then((answer) => {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end(JSON.stringify(answer))
      })
      .catch((error: Error) => response.writeHead(500).end(error.message))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
}

interface Call {
  readonly id: unknown
  readonly method: string
  readonly params?: readonly unknown[]
}

function answerBody(chain: Answers, body: unknown): unknown {
  if (Array.isArray(body)) return body.map((call: Call) => answerCall(chain, call))
  return answerCall(chain, body as Call)
}

function answerCall(chain: Answers, { id, method, params = [] }: Call): unknown {
  try {
    return { jsonrpc: '2.0', id, result: chain.answer(method, params) }
  } catch (error) {
    if (!(error instanceof FakeRpcError)) throw error
    return { jsonrpc: '2.0', id, error: { code: error.code, message: error.message } }
  }
}

async function readJson(incoming: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  return JSON.parse(Buffer.concat(chunks).toString())
}
