/**
 * A small chain in memory that answers JSON-RPC as a node does, with any state a test wants.
 *
 * It keeps the whole state of every block, so answers never depend on when it is asked. Headers,
 * roots and proofs are real: a header hashes to its block's hash, and a proof is valid for its
 * state.
 */

import { type Hex, hexToBytes, keccak256, numberToHex, pad, toRlp, trim } from 'viem'
import { EMPTY_CODE_HASH, EMPTY_ROOT, ZERO_WORD } from '../../src/encoding/constants.ts'

import { PlainTrie } from './plain-trie.ts'

/** What a test writes to an account. Absent fields stay unchanged. */
export interface AccountSeed {
  readonly balance?: bigint
  readonly nonce?: bigint
  readonly code?: Hex
  /** Slot (32 bytes) to value. */
  readonly storage?: Readonly<Record<Hex, bigint>>
}

export type AccountSeeds = Readonly<Record<Hex, AccountSeed>>

/** An account at one block. Never mutated. */
export interface FakeAccount {
  readonly balance: bigint
  readonly nonce: bigint
  readonly code: Hex
  readonly storage: ReadonlyMap<Hex, bigint>
}

export interface FakeBlock {
  readonly number: bigint
  readonly hash: Hex
  readonly parentHash: Hex
  readonly stateRoot: Hex
  readonly timestamp: bigint
  readonly accounts: ReadonlyMap<Hex, FakeAccount>
  /** The header as a node returns it. */
  readonly fields: Readonly<Record<string, Hex>>
}

/** How the node behaves where real nodes differ. */
export interface FakeChainOptions {
  readonly chainId?: bigint
  /** Whether state calls accept EIP-1898 `{ blockHash }` objects. */
  readonly takesBlockHash?: boolean
  /** How an account without code or storage is answered, which EIP-1186 leaves open. */
  readonly emptyHashes?: 'hash of nothing' | 'zero'
}

/** An error that is sent as an answer. */
export class FakeRpcError extends Error {
  readonly code: number
  /** The kind of the error, for callers in the same process. */
  readonly kind: 'fatal' | 'unsupported-block-ref'

  constructor(code: number, message: string, kind: FakeRpcError['kind'] = 'fatal') {
    super(message)
    this.name = 'FakeRpcError'
    this.code = code
    this.kind = kind
  }
}

/** The error of geth before EIP-1898. */
const NO_BLOCK_HASHES = 'invalid argument 1: json: cannot unmarshal object into Go value'

const NO_ACCOUNT: FakeAccount = { balance: 0n, nonce: 0n, code: '0x', storage: new Map() }

export class FakeChain {
  readonly chainId: bigint
  readonly #takesBlockHash: boolean
  readonly #emptyHash: { readonly code: Hex; readonly storage: Hex }
  #blocks: FakeBlock[] = []
  #salt = 0

  constructor(options: FakeChainOptions = {}) {
    const { chainId = 31_337n, takesBlockHash = true, emptyHashes = 'hash of nothing' } = options
    this.chainId = chainId
    this.#takesBlockHash = takesBlockHash
    this.#emptyHash =
      emptyHashes === 'zero'
        ? { code: ZERO_WORD, storage: ZERO_WORD }
        : { code: EMPTY_CODE_HASH, storage: EMPTY_ROOT }
    this.mine()
  }

  get head(): FakeBlock {
    return this.#blocks.at(-1) as FakeBlock
  }

  /** Mines a block whose state is that of the head with `seeds` written over it. */
  mine(seeds: AccountSeeds = {}): FakeBlock {
    const parent = this.#blocks.at(-1)
    const accounts = new Map(parent?.accounts)
    for (const [address, seed] of Object.entries(seeds) as [Hex, AccountSeed][]) {
      const key = address.toLowerCase() as Hex
      accounts.set(key, withSeed(accounts.get(key) ?? NO_ACCOUNT, seed))
    }
    const number = BigInt(this.#blocks.length)
    const header = {
      number,
      parentHash: parent?.hash ?? ZERO_WORD,
      stateRoot: accountsTrie(accounts).root,
      timestamp: 1_700_000_000n + number,
    }
    const extraData = numberToHex((this.chainId << 32n) + BigInt(this.#salt), { size: 32 })
    const fields = headerFields({ ...header, extraData })
    const block: FakeBlock = { ...header, hash: fields['hash'] as Hex, accounts, fields }
    this.#blocks.push(block)
    return block
  }

  /** Replaces the last `depth` blocks by others with the same numbers; drops the old ones. */
  reorg(depth: number, seeds: AccountSeeds = {}): void {
    this.#blocks = this.#blocks.slice(0, this.#blocks.length - depth)
    this.#salt += 1
    for (let left = depth; left > 0; left--) this.mine(left === depth ? seeds : {})
  }

  /** The account at a block. */
  account(address: Hex, block: FakeBlock = this.head): FakeAccount {
    return block.accounts.get(address.toLowerCase() as Hex) ?? NO_ACCOUNT
  }

  /** The block that an `eth_` call names; undefined if there is none. */
  findBlock(name: unknown): FakeBlock | undefined {
    if (typeof name === 'object' && name !== null) {
      if (!this.#takesBlockHash) {
        throw new FakeRpcError(-32_602, NO_BLOCK_HASHES, 'unsupported-block-ref')
      }
      const { blockHash, blockNumber } = name as { blockHash?: Hex; blockNumber?: Hex }
      return blockHash === undefined ? this.findBlock(blockNumber) : this.findByHash(blockHash)
    }
    if (name === 'earliest') return this.#blocks[0]
    if (typeof name === 'string' && /^0x[\da-f]+$/i.test(name)) return this.#blocks[Number(name)]
    return this.head
  }

  findByHash(hash: Hex): FakeBlock | undefined {
    return this.#blocks.find((block) => block.hash === hash)
  }

  /** @throws FakeRpcError where a node would answer with an error. */
  answer(method: string, params: readonly unknown[]): unknown {
    switch (method) {
      case 'eth_chainId':
        return numberToHex(this.chainId)
      case 'eth_blockNumber':
        return numberToHex(this.head.number)
      case 'eth_getBlockByNumber':
        return blockFields(this.findBlock(params[0]))
      case 'eth_getBlockByHash':
        return blockFields(this.findByHash(params[0] as Hex))
      case 'eth_getCode':
        return this.account(params[0] as Hex, this.#stateAt(params[1])).code
      case 'eth_getProof':
        return this.#proof(params[0] as Hex, params[1] as Hex[], this.#stateAt(params[2]))
      default:
        throw new FakeRpcError(-32601, `the method ${method} does not exist/is not available`)
    }
  }

  #stateAt(name: unknown): FakeBlock {
    const block = this.findBlock(name)
    if (block === undefined) throw new FakeRpcError(-32001, 'header not found')
    return block
  }

  #proof(address: Hex, slots: readonly Hex[], block: FakeBlock): object {
    const key = address.toLowerCase() as Hex
    const { balance, nonce, code, storage } = this.account(key, block)
    const slotTrie = storageTrie(storage)
    return {
      address,
      balance: numberToHex(balance),
      nonce: numberToHex(nonce),
      codeHash: code === '0x' ? this.#emptyHash.code : keccak256(code),
      storageHash: storage.size === 0 ? this.#emptyHash.storage : slotTrie.root,
      accountProof: accountsTrie(block.accounts).prove(key),
      storageProof: slots.map((slot) => ({
        key: slot,
        value: numberToHex(storage.get(pad(slot, { size: 32 })) ?? 0n),
        proof: slotTrie.prove(pad(slot, { size: 32 })),
      })),
    }
  }
}

function withSeed(account: FakeAccount, seed: AccountSeed): FakeAccount {
  const storage = new Map(account.storage)
  for (const [slot, value] of Object.entries(seed.storage ?? {}) as [Hex, bigint][]) {
    if (value === 0n) storage.delete(slot)
    else storage.set(slot, value)
  }
  const { balance = account.balance, nonce = account.nonce, code = account.code } = seed
  return { balance, nonce, code, storage }
}

const tries = new WeakMap<ReadonlyMap<Hex, unknown>, PlainTrie>()

/** The trie of an immutable object, built once. */
function trieOf<Value>(
  of: ReadonlyMap<Hex, Value>,
  encode: (value: Value) => Uint8Array | undefined,
): PlainTrie {
  const known = tries.get(of)
  if (known !== undefined) return known
  const entries = [...of].flatMap(([key, value]) => {
    const encoded = encode(value)
    return encoded === undefined ? [] : [[key, encoded] as const]
  })
  const trie = new PlainTrie(entries)
  tries.set(of, trie)
  return trie
}

function storageTrie(storage: ReadonlyMap<Hex, bigint>): PlainTrie {
  return trieOf(storage, (value) => toRlp(integerBytes(value), 'bytes'))
}

/** Empty accounts are not in the state (EIP-161). */
function accountsTrie(accounts: ReadonlyMap<Hex, FakeAccount>): PlainTrie {
  return trieOf(accounts, ({ balance, nonce, code, storage }) => {
    if (balance === 0n && nonce === 0n && code === '0x' && storage.size === 0) return undefined
    const hashes = [storageHash(storage), keccak256(code)].map((hash) => hexToBytes(hash))
    return toRlp([integerBytes(nonce), integerBytes(balance), ...hashes], 'bytes')
  })
}

function integerBytes(value: bigint): Uint8Array {
  return value === 0n ? new Uint8Array(0) : trim(hexToBytes(numberToHex(value)))
}

/** The root of a storage trie. */
export function storageHash(storage: ReadonlyMap<Hex, bigint>): Hex {
  return storageTrie(storage).root
}

interface HeaderParts {
  readonly number: bigint
  readonly parentHash: Hex
  readonly stateRoot: Hex
  readonly timestamp: bigint
  readonly extraData: Hex
}

/** A header from before London, and its hash. */
function headerFields(parts: HeaderParts): Record<string, Hex> {
  const { number, timestamp } = parts
  const quantities = { number: numberToHex(number), timestamp: numberToHex(timestamp) }
  const fields: Record<string, Hex> = {
    parentHash: parts.parentHash,
    sha3Uncles: keccak256('0xc0'),
    miner: numberToHex(0, { size: 20 }),
    stateRoot: parts.stateRoot,
    transactionsRoot: EMPTY_ROOT,
    receiptsRoot: EMPTY_ROOT,
    logsBloom: numberToHex(0, { size: 256 }),
    difficulty: '0x1',
    number: quantities.number,
    gasLimit: '0x1c9c380',
    gasUsed: '0x0',
    timestamp: quantities.timestamp,
    extraData: parts.extraData,
    mixHash: ZERO_WORD,
    nonce: numberToHex(0, { size: 8 }),
  }
  const integers = new Set(['difficulty', 'number', 'gasLimit', 'gasUsed', 'timestamp'])
  const items = Object.entries(fields).map(([name, value]) =>
    integers.has(name) ? integerBytes(BigInt(value)) : hexToBytes(value),
  )
  return { ...fields, hash: keccak256(toRlp(items)) }
}

function blockFields(block: FakeBlock | undefined): object | null {
  return block === undefined ? null : { ...block.fields, transactions: [], uncles: [] }
}
