/** The block all reads of a fork are about, as users see it. */

import type { RpcClient } from '../../rpc/rpc-client.ts'
import type { BlockIdentity, BlockReader, PinMode } from './block-reader.ts'
import type { Pin } from './pin.ts'
import type { ProvenTo } from './verification.ts'

/** The block all reads of a fork are about. */
export interface PinnedBlock extends BlockIdentity {
  /**
   * How the node is told the block: `hash` (EIP-1898), or `number` on nodes that cannot, where each
   * answer is held against the pinned block before it is used.
   */
  readonly mode: PinMode
  /**
   * What answers are proven against before they are used: the block's hash, through its header; a
   * state root that is not held against a hash; or nothing.
   */
  readonly provenTo: ProvenTo
  /** Why not against the block's hash. */
  readonly unprovenBecause?: string
}

/** Undefined until all of it was asked for. */
export function peekPinned(pin: Pin): PinnedBlock | undefined {
  const { reader, knownChainId: chainId } = pin
  if (reader?.mode === undefined || chainId === undefined) return undefined
  return pinnedBlock(pin, reader, { chainId, mode: reader.mode })
}

/** @param resolving The pin, being resolved. */
export async function askPinned(
  pin: Pin,
  resolving: Promise<BlockReader>,
  client: RpcClient,
): Promise<PinnedBlock> {
  const [reader, chainId] = await Promise.all([resolving, pin.chainId()])
  const mode = await reader.probe()
  if (client.capabilities?.().eth_getProof === 'refused') pin.giveUpProofs(undefined, client)
  return pinnedBlock(pin, reader, { chainId, mode })
}

function pinnedBlock(
  { verification }: Pin,
  { block }: BlockReader,
  rest: Pick<PinnedBlock, 'chainId' | 'mode'>,
): PinnedBlock {
  const { provenTo, unprovenBecause } = verification
  const why = unprovenBecause === undefined ? {} : { unprovenBecause }
  return { ...block, ...rest, provenTo, ...why }
}
