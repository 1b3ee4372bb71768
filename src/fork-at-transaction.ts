/**
 * The state before a transaction: a fork of its parent block, and the preceding transactions of its
 * block for an EVM to replay.
 *
 * It executes nothing. Invariant: a transaction that is in no block is an error; the head is never
 * used instead.
 */

import type { ErrorContext } from './diagnostics/errors.ts'
import { ForkStateError, InvalidInputError } from './diagnostics/errors.ts'
import type { Hex } from './encoding/hex.ts'
import { Fork } from './fork/fork.ts'
import type { ForkBackendOptions } from './fork/fork-options.ts'
import { resolveForkOptions } from './fork/fork-options.ts'
import { RpcResponseError } from './rpc/errors.ts'
import type { RpcBlock, RpcCallOptions, RpcClient, RpcTransaction } from './rpc/rpc-client.ts'
import { partsOverFork } from './state/parts.ts'
import type { StateManager } from './state/state-manager.ts'
import { managerOver } from './state/state-manager.ts'

/** Options of a fork; the block follows from the transaction. */
export type ForkAtTransactionOptions = Omit<ForkBackendOptions, 'forkBlockTag'>

/** The result of {@link forkAtTransaction}. */
export interface TransactionFork {
  /**
   * A fork of the parent block. What the transaction's block does before its first transaction,
   * such as the system calls of EIP-4788 and EIP-2935, has not happened in it yet.
   */
  readonly state: StateManager
  /** The preceding transactions of its block, in order, as the node returns them. */
  readonly transactions: readonly RpcTransaction[]
  readonly transaction: RpcTransaction
  /** The block of the transaction with all its transactions, as the node returns it. */
  readonly block: RpcBlock
}

/** The transaction is in no block: the node does not know it, or it is still pending. */
export class TransactionNotFoundError extends ForkStateError {
  override readonly code = 'TRANSACTION_NOT_FOUND'
  readonly reason: 'unknown' | 'pending'

  constructor(
    shortMessage: string,
    { reason = 'unknown', ...context }: ErrorContext & { readonly reason?: 'unknown' | 'pending' },
  ) {
    super(shortMessage, context)
    this.reason = reason
  }
}

/**
 * Forks the state before the block of a transaction, and lists the preceding transactions of that
 * block. The caller destroys the manager.
 *
 * @param hash 32 bytes.
 * @throws TransactionNotFoundError if it is in no block.
 * @throws RpcError, AbortedError, or InvalidInputError for an invalid option.
 * @example
 * const { state, transactions, transaction } = await forkAtTransaction(hash, { rpcClient: url })
 * for (const earlier of transactions) await run(earlier, state) // with an EVM of your choice
 * await run(transaction, state)
 */
export async function forkAtTransaction(
  hash: Hex,
  options: ForkAtTransactionOptions,
): Promise<TransactionFork> {
  const resolved = resolveForkOptions(options)
  const { client, closesClient, store, signal } = resolved
  try {
    const { block, index } = await findTransaction(hash, client, { signal })
    const fork = new Fork({ ...resolved, target: block.parentHash })
    const state = managerOver(partsOverFork(fork))
    const transaction = block.transactions[index] as RpcTransaction
    return { state, transactions: block.transactions.slice(0, index), transaction, block }
  } catch (error) {
    void store?.close()
    if (closesClient) client.close?.()
    throw error
  }
}

interface Found {
  readonly block: RpcBlock
  /** Index of the transaction in the block. */
  readonly index: number
}

async function findTransaction(
  hash: Hex,
  client: RpcClient,
  options: RpcCallOptions,
): Promise<Found> {
  if (client.getTransaction === undefined || client.getFullBlock === undefined) {
    throw new InvalidInputError('the RPC client has no getTransaction and getFullBlock', {
      hint: 'pass a URL, an EIP-1193 provider or an RpcClientAdapter',
    })
  }
  const transaction = await client.getTransaction(hash, options)
  if (transaction === null) {
    throw new TransactionNotFoundError(`the node does not know the transaction ${hash}`, {
      hint: 'check the hash, the chain of the node, and that it keeps old transactions',
    })
  }
  const { blockHash, transactionIndex } = transaction
  if (blockHash === null || transactionIndex === null) {
    throw new TransactionNotFoundError(`the transaction ${hash} is still pending`, {
      reason: 'pending',
      hint: 'wait until it is in a block',
    })
  }
  const block = await client.getFullBlock(blockHash, options)
  const index = Number(transactionIndex)
  if (block?.transactions[index]?.hash === transaction.hash) return { block, index }
  const endpoint = client.endpoint ?? 'the RPC client'
  throw new RpcResponseError(`${endpoint} returned a block without the transaction`, {
    method: 'eth_getBlockByHash',
    endpoint,
    kind: 'retryable',
    block: blockHash,
    details: `transaction ${hash}, index ${index}`,
    hint: 'the block may have been reorganized meanwhile; try again, or use another endpoint',
  })
}
