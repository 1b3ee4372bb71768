/**
 * Asks the node which keys a call would touch, as hints for reading ahead.
 *
 * Invariants: a hint names keys and never values, so nothing here is checked against the block, and
 * nothing is cached. The caller decides what it means that the node cannot answer.
 */

import type {
  AccessListEntry,
  BlockRef,
  CallRequest,
  RpcCallOptions,
  RpcClient,
} from '../../rpc/rpc-client.ts'
import type { BlockReader } from '../block/block-reader.ts'
import { kindOf } from '../errors.ts'

/** The method asked: `eth_createAccessList`, or `debug_traceCall` with the prestate tracer. */
export type HintSource = 'access-list' | 'trace'

/** What is needed to ask about the pinned block. */
export interface HintContext {
  readonly client: RpcClient
  readonly reader: BlockReader
  readonly signal: AbortSignal
}

type Ask = (
  call: CallRequest,
  block: BlockRef,
  options: RpcCallOptions,
) => Promise<readonly AccessListEntry[]>

/**
 * The keys that a call would touch at the pinned block; undefined if the client has no such method.
 *
 * @throws what the client rejects with, such as an RpcError of kind `unsupported-method`.
 */
export async function askForHint(
  source: HintSource,
  call: CallRequest,
  { client, reader, signal }: HintContext,
): Promise<readonly AccessListEntry[] | undefined> {
  const ask: Ask | undefined =
    source === 'access-list'
      ? client.createAccessList?.bind(client)
      : client.traceCallPrestate?.bind(client)
  if (ask === undefined) return undefined
  const { hash, number } = reader.block
  const options: RpcCallOptions = { signal, priority: 'prefetch' }
  if (reader.mode === 'number') return await ask(call, { blockNumber: number }, options)
  try {
    return await ask(call, { blockHash: hash }, options)
  } catch (error) {
    if (reader.mode === 'hash' || kindOf(error) !== 'unsupported-block-ref') throw error
    return await ask(call, { blockNumber: number }, options)
  }
}
