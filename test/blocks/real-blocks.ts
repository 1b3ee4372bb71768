/** The real blocks of the fixtures in one shape, each with the endpoint to fork its parent from. */

import type { Block, JSONRPCBlock } from '@ethereumjs/block'
import { createBlockFromRLP, createBlockFromRPC } from '@ethereumjs/block'
import { Common, Holesky, Mainnet } from '@ethereumjs/common'
import { type Hex, hexToBytes } from 'viem'

import type { Answers } from '../support/fake-upstream.ts'
import { fixtureNames } from '../support/fixtures.ts'
import type { Kzg } from '../support/kzg.ts'
import type { BlockJson } from '../support/named-blocks.ts'
import { RecordedEndpoint, readRecording } from '../support/recorded-endpoint.ts'
import {
  readWitnessedBlock,
  type WitnessedBlock,
  witnessEndpoint,
} from '../support/witness-endpoint.ts'

/** A block to be executed on its parent. */
export interface RealBlock {
  readonly block: Block
  readonly parent: { readonly number: bigint; readonly hash: Hex; readonly stateRoot: Hex }
  /** Serves the state of the parent. */
  readonly node: Answers
  /** If the data has one. */
  readonly witness: WitnessedBlock | undefined
}

/** A block that has not been read yet. */
export interface RealBlockFile {
  /** Chain and number, as in the name of the file. */
  readonly name: string
  load(): Promise<RealBlock>
}

/**
 * EthereumJS accepts no blob transaction without one. Loading a real one takes many seconds, and
 * none of these blocks uses it; if one did, its outcome would be wrong.
 */
const UNASKED_KZG = new Proxy({} as Kzg, {
  get: (_, name) => {
    throw new Error(`no KZG is loaded, and ${String(name)} is asked for`)
  },
})

/** Blocks as recorded JSON-RPC. */
export const recordedBlocks: readonly RealBlockFile[] = filesOf('rpc-blocks', loadRecorded)

/** Blocks with their execution witness. */
export const witnessedBlocks: readonly RealBlockFile[] = filesOf('blocks', loadWitnessed)

/** One of {@link witnessedBlocks}. */
export function witnessedBlock(name: string): Promise<RealBlock> {
  const file = witnessedBlocks.find((other) => other.name === name)
  if (file === undefined) throw new Error(`no block ${name}`)
  return file.load()
}

function filesOf(folder: string, load: (name: string) => Promise<RealBlock>): RealBlockFile[] {
  return fixtureNames(folder).map((file) => ({
    name: file.replace('.json.gz', ''),
    load: () => load(file),
  }))
}

async function loadRecorded(file: string): Promise<RealBlock> {
  const recording = readRecording(file)
  const node = new RecordedEndpoint(recording)
  const numberOf = (number: number): BlockJson => node.blocks.state(`0x${number.toString(16)}`)
  const json = numberOf(recording.blockNumber)
  const common = commonFor(recording.chainId, BigInt(json.number), BigInt(json.timestamp))
  const block = createBlockFromRPC(json as unknown as JSONRPCBlock, [], { common })
  const { hash, stateRoot } = numberOf(recording.forkBlock)
  const parent = { number: BigInt(recording.forkBlock), hash, stateRoot }
  return { block: checked(block, json.hash), parent, node, witness: undefined }
}

async function loadWitnessed(file: string): Promise<RealBlock> {
  const witness = readWitnessedBlock(file)
  const { chainId, number, parentStateRoot } = witness
  const common = commonFor(chainId, BigInt(number))
  common.setHardfork(witness.hardfork)
  const block = createBlockFromRLP(hexToBytes(witness.blockRlp), { common })
  const hash = witness.blockHashes[String(number - 1)] as Hex
  const parent = { number: BigInt(number - 1), hash, stateRoot: parentStateRoot }
  return { block: checked(block, witness.hash), parent, node: witnessEndpoint(witness), witness }
}

/** Rules of a chain, at a block if its time is given. */
function commonFor(chainId: number, blockNumber: bigint, timestamp?: bigint) {
  const chain = chainId === 1 ? Mainnet : Holesky
  const common = new Common({ chain, customCrypto: { kzg: UNASKED_KZG } })
  common.setHardforkBy({ blockNumber, ...(timestamp === undefined ? {} : { timestamp }) })
  return common
}

/** The block as read, if it has the hash it has on the chain. */
function checked(block: Block, hash: Hex): Block {
  const found = Buffer.from(block.hash()).toString('hex')
  if (`0x${found}` !== hash) throw new Error(`the block reads as 0x${found}, and is ${hash}`)
  return block
}
