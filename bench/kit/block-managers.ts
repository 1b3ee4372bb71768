/**
 * State managers of EthereumJS with the state before a block, as they run it in the benchmark: all
 * that the block reads has been read before, so that nothing is read for the first time.
 */

import type { StateManagerInterface } from '@ethereumjs/common'
import { MerklePatriciaTrie } from '@ethereumjs/mpt'
import { Caches, MerkleStateManager, SimpleStateManager } from '@ethereumjs/statemanager'
import { bytesToUnprefixedHex, hexToBytes, MapDB, ValueEncoding } from '@ethereumjs/util'
import { keccak_256 } from '@noble/hashes/sha3.js'

import { coreKeccak256, ForkStateManager } from '../../src/ethereumjs.ts'
import type { Engine } from '../../src/index.ts'
import { StateManager } from '../../src/index.ts'
import type { Answer } from './block-answers.ts'
import { RecordedAnswers, recorded } from './block-answers.ts'
import type { BlockCase, Keccak256 } from './block-cases.ts'
import { commonOf, loadBlock, prepare } from './block-cases.ts'

/** A block, and what a run of it asks its state manager for, in order. */
export interface AnsweredBlock extends BlockCase {
  readonly answers: readonly Answer[]
}

/** Makes state managers, each for one run. */
export interface BlockSubject {
  /** What EthereumJS hashes with in the run. Default: its own. */
  readonly keccak256?: Keccak256 | undefined
  readonly computesRoots: boolean
  make(given: AnsweredBlock): Promise<OwnedManager>
}

export interface OwnedManager {
  readonly manager: StateManagerInterface
  destroy(): void
}

/** Prefix of codes in the database of a `MerkleStateManager`: the letter c. */
const CODE_PREFIX = '63'

/** Loads a block; its answers are those of EthereumJS's own manager, which computes all roots. */
export async function answeredBlock(number: number): Promise<AnsweredBlock> {
  const given = await loadBlock(number)
  const { manager, answers } = recorded(merkleManager(given))
  const { run } = await prepare(given, manager, commonOf(given))
  await run()
  return { ...given, answers }
}

/** @param hash What EthereumJS hashes with: the core, or JavaScript of its own. */
export function forkstate(ffi: Engine, hash: 'core' | 'own'): BlockSubject {
  return {
    computesRoots: true,
    keccak256: hash === 'core' ? coreKeccak256(ffi) : undefined,
    async make({ nodes, codes, stateRoot, answers }) {
      const witness = { nodes, codes, headers: [] }
      const state = new StateManager({ witness, trustedStateRoot: stateRoot, ffi })
      const manager = new ForkStateManager({ state })
      await readAll(manager, answers)
      return { manager, destroy: () => state.destroy() }
    },
  }
}

/** The manager of EthereumJS with its caches, over a trie in memory. */
export function merkle(keccak256?: Keccak256): BlockSubject {
  return {
    computesRoots: true,
    keccak256,
    async make(given) {
      const manager = merkleManager(given, keccak256)
      await readAll(manager, given.answers)
      return { manager, destroy() {} }
    },
  }
}

/** The manager of EthereumJS that holds maps, with what the block touches and no more. */
export function simple(): BlockSubject {
  return {
    computesRoots: false,
    async make(given) {
      const manager = new SimpleStateManager({ common: commonOf(given) })
      await putAll(manager, given)
      return { manager, destroy() {} }
    },
  }
}

/** Nothing but the answers, for what the block takes without a state manager. */
export function noManager(keccak256?: Keccak256): BlockSubject {
  return {
    computesRoots: false,
    keccak256,
    async make({ answers }) {
      return { manager: new RecordedAnswers(answers), destroy() {} }
    },
  }
}

function merkleManager(given: BlockCase, keccak256?: Keccak256): MerkleStateManager {
  const common = commonOf(given, keccak256)
  const trie = new MerklePatriciaTrie({
    useKeyHashing: true,
    common,
    db: new MapDB(databaseOf(given)),
    valueEncoding: ValueEncoding.Bytes,
    root: hexToBytes(given.stateRoot),
  })
  return new MerkleStateManager({ trie, common, caches: new Caches() })
}

/** Trie nodes by their hashes, and codes by theirs with a prefix, as hex. */
function databaseOf({ nodes, codes }: BlockCase): Map<string, string | Uint8Array> {
  const database = new Map<string, string | Uint8Array>()
  const add = (prefix: string, value: Uint8Array) => {
    database.set(prefix + bytesToUnprefixedHex(keccak_256(value)), value)
  }
  for (const node of nodes) add('', hexToBytes(node))
  for (const code of codes) add(CODE_PREFIX, hexToBytes(code))
  return database
}

async function readAll(manager: StateManagerInterface, answers: readonly Answer[]): Promise<void> {
  for (const answer of answers) {
    if (answer.asked === 'account') await manager.getAccount(answer.address)
    if (answer.asked === 'code') await manager.getCode(answer.address)
    if (answer.asked === 'storage') await manager.getStorage(answer.address, answer.slot)
  }
}

/** Writes the accounts, codes and slots that a run asks for, as they are before it. */
async function putAll(manager: StateManagerInterface, given: AnsweredBlock): Promise<void> {
  const source = merkleManager(given)
  for (const answer of given.answers) {
    if (answer.asked === 'root') continue
    const { address } = answer
    const account = await source.getAccount(address)
    if (account === undefined) continue
    await manager.putAccount(address, account)
    if (account.isContract()) await manager.putCode(address, await source.getCode(address))
    if (answer.asked !== 'storage' && answer.asked !== 'originalStorage') continue
    await manager.putStorage(address, answer.slot, await source.getStorage(address, answer.slot))
  }
}
