/** The pinned block of a fork, as users see it. */

import type { RpcClient } from '../../rpc/rpc-client.ts'
import type { BlockIdentity, BlockReader, PinMode } from './block-reader.ts'
import type { Pin } from './pin.ts'
import type { ProvenTo } from './verification.ts'

/** The block at which a fork reads. */
export interface PinnedBlock extends BlockIdentity {
  /**
   * How requests name the block: by `hash` (EIP-1898), or by `number` on nodes that do not accept
   * hashes, where each answer is checked against the pinned block before it is used.
   */
  readonly mode: PinMode
  /**
   * What answers are proven against before they are used: the block's hash, through its header; a
   * state root that was not checked against the hash; or nothing.
   */
  readonly provenTo: ProvenTo
  /** Why answers are not proven against the block's hash; undefined if they are. */
  readonly unprovenBecause?: string
}

/** The pinned block, if it takes no call; else undefined. */
export function peekPinned(pin: Pin): PinnedBlock | undefined {
  const { reader, knownChainId: chainId } = pin
  if (reader?.mode === undefined || chainId === undefined) return undefined
  return pinnedBlock(pin, reader, { chainId, mode: reader.mode })
}

/** The pinned block, with calls for what is missing. @param resolving The pin, being resolved. */
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
