/** State managers that have read before all that a block reads. */

import type { StateManagerInterface } from '@ethereumjs/common'
import { MerklePatriciaTrie } from '@ethereumjs/mpt'
import { Caches, MerkleStateManager } from '@ethereumjs/statemanager'
import { bytesToUnprefixedHex, hexToBytes, MapDB, ValueEncoding } from '@ethereumjs/util'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { coreKeccak256, ForkStateManager } from '../../../src/ethereumjs.ts'
import { type Engine, StateManager } from '../../../src/index.ts'
import { commonOf, type ManagerMaker, nothingToDestroy } from '../../kit/managers.ts'
import { samplesInTurn } from '../../kit/measure.ts'
import { simpleLike } from '../../kit/simple-manager.ts'
import type { Keccak256 } from '../../kit/tries.ts'
import { type Answer, answering, recorded } from './answers.ts'
import { type BlockCase, loadBlock, prepare } from './cases.ts'

export interface AnsweredBlock extends BlockCase {
  /** What a run asks for, in order. */
  readonly answers: readonly Answer[]
}

export interface BlockMaker extends ManagerMaker<AnsweredBlock> {
  readonly computesRoots: boolean
}

/** Prefix of codes in the database of a `MerkleStateManager`: the letter c. */
const CODE_PREFIX = '63'

/** Loads a block; its answers are those of EthereumJS's own manager, which computes all roots. */
export async function answeredBlock(number: number): Promise<AnsweredBlock> {
  const given = await loadBlock(number)
  const { manager, answers } = recorded(merkleManager(given))
  const run = await prepare(given, manager, commonOf(given.hardfork))
  await run()
  return { ...given, answers }
}

/** @param hash What EthereumJS hashes with: the core, or JavaScript of its own. */
export function forkstate(ffi: Engine, hash: 'core' | 'own'): BlockMaker {
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

export function merkle(keccak256?: Keccak256): BlockMaker {
  return {
    computesRoots: true,
    keccak256,
    async make(given) {
      const manager = merkleManager(given, keccak256)
      await readAll(manager, given.answers)
      return { manager, ...nothingToDestroy }
    },
  }
}

/** The manager of EthereumJS that holds maps, with what the block touches and no more. */
export const simple: BlockMaker = {
  computesRoots: false,
  async make(given, common) {
    const touched = given.answers.filter(({ asked }) => asked !== 'getStateRoot')
    const manager = await simpleLike(merkleManager(given), common, touched)
    return { manager, ...nothingToDestroy }
  },
}

export function noManager(keccak256?: Keccak256): BlockMaker {
  return {
    computesRoots: false,
    keccak256,
    make: async ({ answers }) => ({ manager: answering(answers), ...nothingToDestroy }),
  }
}

function merkleManager(given: BlockCase, keccak256?: Keccak256): MerkleStateManager {
  const common = commonOf(given.hardfork, keccak256)
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
  for (const { asked, address, slot } of answers) {
    if (asked === 'getAccount' || asked === 'getCode') await manager[asked](address)
    if (asked === 'getStorage') await manager.getStorage(address, slot)
  }
}

/** `computed`: by the state manager. `given`: told to EthereumJS, so that nothing computes them. */
export type Roots = 'computed' | 'given'

/** Samples of each block; the blocks take turns, so that the code is warm for all of them. */
export function sampleRuns<Sample>(
  { make, keccak256 }: BlockMaker,
  blocks: readonly AnsweredBlock[],
  { roots, rounds }: { readonly roots: Roots; readonly rounds: number },
  sample: (run: () => Promise<unknown>) => Promise<Sample>,
): Promise<readonly (readonly Sample[])[]> {
  const samplers = blocks.map((given) => async () => {
    const common = commonOf(given.hardfork, keccak256)
    const { manager, destroy } = await make(given, common)
    if (roots === 'given') {
      const left = given.answers.filter(({ asked }) => asked === 'getStateRoot')
      manager.getStateRoot = async () => (left.shift()?.given ?? new Uint8Array()) as Uint8Array
      // Inside a checkpoint nothing is brought into a trie.
      await manager.checkpoint()
    }
    const run = await prepare(given, manager, common)
    globalThis.gc?.()
    const taken = await sample(run)
    destroy()
    return taken
  })
  return samplesInTurn(samplers, rounds)
}
