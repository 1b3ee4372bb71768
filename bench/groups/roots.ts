/**
 * What the state root costs after writes: forkstate over each build of the core against tries of
 * `@ethereumjs/mpt`, with its cache of nodes, that get the same writes in batches.
 *
 * The writes are in the time, since the peer hashes while it writes. All roots must be equal before
 * anything is timed, and once more at the end.
 */

import type { MerklePatriciaTrie } from '@ethereumjs/mpt'
import { createMPT } from '@ethereumjs/mpt'
import { bytesToHex, KECCAK256_NULL_S, KECCAK256_RLP_S } from '@ethereumjs/util'
import type { Hex } from '../src/index.ts'
import { StateManager } from '../src/index.ts'
import type { PickBelow } from '../test/support/random.ts'
import { seededBelow } from '../test/support/random.ts'
import type { Compared, Contender, MeasureOptions } from './measure.ts'
import { measureInTurns } from './measure.ts'
import { leafOf, randomBytes } from './proof-cases.ts'
import type { Build } from './subjects.ts'
import { PEER } from './subjects.ts'

export interface RootOptions {
  /** Balances and slots written before, half of each. */
  readonly before: number
  /** Writes before the root of the first workload. */
  readonly writes: number
  readonly rounds: number
}

/** What each contender takes, writes included; the peer last. */
export interface RootResults {
  /** Many writes and the root. */
  readonly many: readonly Compared[]
  /** One write of a slot and the root. */
  readonly one: readonly Compared[]
  /** All of the state written anew, and the root. */
  readonly rebuild: readonly Compared[]
}

/** A write of a slot, or of a balance where none is named. */
interface Write {
  readonly address: Uint8Array
  readonly slot?: Uint8Array
  readonly value: bigint
}

type Batch = readonly Write[]

interface RootedState {
  /** The root after more writes. */
  write(batch: Batch): Promise<Hex>
  destroy(): void
}

interface Maker {
  readonly name: string
  make(): Promise<RootedState>
}

const SLOTS_A_CONTRACT = 50
const CALLS_OF_ONE = 20
const CALLS_OF_MANY = 1
/** Enough for the state, and not much more: the peer allocates its caches at once. */
const PEER_CACHED_NODES = { accounts: 20_000, slots: 500 }

/** Times all contenders. @throws Error if their roots differ. */
export async function benchRoots(
  builds: readonly Build[],
  { before, writes, rounds }: RootOptions,
): Promise<RootResults> {
  const below = seededBelow(2)
  const state = stateOf(before, below)
  const makers: readonly Maker[] = [
    ...builds.map(({ name, ffi }) => ({ name, make: async () => new OwnState({ ffi }) })),
    { name: PEER, make: PeerState.create },
  ]
  const rivals = await Promise.all(
    makers.map(async ({ name, make }) => ({ name, state: await make() })),
  )
  await requireEqualRoots(rivals, state)

  const timed = async (size: number, options: MeasureOptions): Promise<readonly Compared[]> => {
    const slots = size === 1 ? state.filter(({ slot }) => slot !== undefined) : state
    const batches = Array.from({ length: options.calls * (options.rounds + 1) }, () =>
      Array.from({ length: size }, () => rewritten(slots[below(slots.length)] as Write, below)),
    )
    await requireEqualRoots(rivals, batches[0] as Batch)
    const contenders = rivals.map(({ name, state: rival }): Contender => {
      return { name, run: (index) => rival.write(batches[index] as Batch) }
    })
    const results = await measureInTurns(contenders, options)
    await requireEqualRoots(rivals, [])
    return results
  }
  const many = await timed(writes, { calls: CALLS_OF_MANY, rounds })
  const one = await timed(1, { calls: CALLS_OF_ONE, rounds })
  for (const rival of rivals) rival.state.destroy()
  const rebuild = await measureInTurns(
    makers.map(({ name, make }) => ({ name, run: async () => await rebuilt(make, state) })),
    { calls: 1, rounds },
  )
  return { many, one, rebuild }
}

async function rebuilt(make: Maker['make'], state: Batch): Promise<void> {
  const fresh = await make()
  await fresh.write(state)
  fresh.destroy()
}

/** Writes of every balance and slot of a state whose contracts hold some slots each. */
function stateOf(size: number, below: PickBelow): Batch {
  const half = size >> 1
  const addresses = Array.from({ length: half }, () => randomBytes(20, below))
  const balances = addresses.map((address) => rewritten({ address, value: 0n }, below))
  const slots = Array.from({ length: size - half }, (_, at) => {
    const address = addresses[Math.floor(at / SLOTS_A_CONTRACT)] as Uint8Array
    return rewritten({ address, slot: randomBytes(32, below), value: 0n }, below)
  })
  return [...balances, ...slots]
}

/** The same place with another value, never zero. */
function rewritten(write: Write, below: PickBelow): Write {
  return { ...write, value: BigInt(1 + below(2 ** 32 - 1)) ** 3n }
}

async function requireEqualRoots(
  rivals: readonly { readonly name: string; readonly state: RootedState }[],
  batch: Batch,
): Promise<void> {
  const roots: string[] = []
  for (const { name, state } of rivals) roots.push(`${await state.write(batch)} of ${name}`)
  if (new Set(roots.map((root) => root.split(' ')[0])).size === 1) return
  throw new Error(`the roots differ: ${roots.join(', ')}`)
}

class OwnState implements RootedState {
  readonly #state: StateManager

  constructor(options: Pick<Build, 'ffi'>) {
    this.#state = new StateManager(options)
  }

  write(batch: Batch): Promise<Hex> {
    for (const { address, slot, value } of batch) {
      if (slot === undefined) this.#state.setBalance(address, value)
      else this.#state.setStorage(address, slot, value)
    }
    return this.#state.getStateRoot()
  }

  destroy(): void {
    this.#state.destroy()
  }
}

interface PeerAccount {
  readonly address: Uint8Array
  /** Made by the first write of a slot. */
  storage: MerklePatriciaTrie | undefined
  balance: bigint
}

type Put = { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }

/** A trie of accounts, and one of slots for each of them. */
class PeerState implements RootedState {
  readonly #trie: MerklePatriciaTrie
  readonly #accounts = new Map<string, PeerAccount>()

  private constructor(trie: MerklePatriciaTrie) {
    this.#trie = trie
  }

  static async create(): Promise<PeerState> {
    return new PeerState(await newTrie(PEER_CACHED_NODES.accounts))
  }

  async write(batch: Batch): Promise<Hex> {
    const touched = new Map<PeerAccount, Put[]>()
    for (const { address, slot, value } of batch) {
      const account = this.#accountAt(address)
      const puts = touched.get(account) ?? []
      touched.set(account, puts)
      if (slot === undefined) account.balance = value
      else puts.push({ type: 'put', key: slot, value: leafOf(value) })
    }
    const changed: Put[] = []
    for (const [account, puts] of touched) {
      const { address, balance } = account
      const storageHash = await storageRootAfter(account, puts)
      const value = leafOf({ balance, nonce: 0n, storageHash, codeHash: KECCAK256_NULL_S })
      changed.push({ type: 'put', key: address, value })
    }
    await this.#trie.batch(changed)
    return bytesToHex(this.#trie.root())
  }

  #accountAt(address: Uint8Array): PeerAccount {
    const key = bytesToHex(address)
    const known = this.#accounts.get(key)
    if (known !== undefined) return known
    const account = { address, storage: undefined, balance: 0n }
    this.#accounts.set(key, account)
    return account
  }

  destroy(): void {
    this.#accounts.clear()
  }
}

async function storageRootAfter(account: PeerAccount, puts: Put[]): Promise<Hex> {
  if (puts.length > 0) {
    account.storage ??= await newTrie(PEER_CACHED_NODES.slots)
    await account.storage.batch(puts)
  }
  return account.storage === undefined ? KECCAK256_RLP_S : bytesToHex(account.storage.root())
}

function newTrie(cacheSize: number): Promise<MerklePatriciaTrie> {
  return createMPT({ useKeyHashing: true, cacheSize })
}
