/** Reads of a scenario through an `RpcClient`, each with a check of its result. */

import type { Hex } from 'viem'
import { EMPTY_CODE_HASH } from '../../src/encoding/constants.ts'

import type { BlockHeader, BlockRef, RpcCallOptions } from '../../src/rpc/rpc-client.ts'
import type { FakeAccount, FakeBlock } from '../support/fake-chain.ts'
import type { Read } from './scenario.ts'
import type { Setting } from './setting.ts'
import { addresses, slots } from './world.ts'

/** Draws a read from the seed. */
export function drawClientRead(setting: Setting): Read {
  const { random } = setting
  const draw = random.pick([drawProof, drawProof, drawCode, drawState, drawBlock, drawChainId])
  return draw(setting)
}

function drawProof(setting: Setting): Read {
  const { random, client } = setting
  const { ref, name, candidates } = drawBlockRef(setting)
  const address = random.pick(addresses)
  const asked = random.shuffle(slots).slice(0, random.integer(0, slots.length + 1))
  return {
    name: `getProof ${address} ${asked.length} slots at ${name}`,
    run: (options) => client.getProof(address, asked, ref(), options),
    problem: (value) => {
      const { balance, nonce, codeHash, storageProof } = value as Proof
      const isTrue = (account: FakeAccount): boolean =>
        account.balance === balance &&
        account.nonce === nonce &&
        storageProof.every(
          ({ key, value: found }, at) =>
            key === asked[at] && found === (account.storage.get(key) ?? 0n),
        ) &&
        storageProof.length === asked.length &&
        (account.code === '0x') === (codeHash === EMPTY_CODE_HASH)
      return noneOf(candidates(), address, setting, isTrue)
    },
  }
}

interface Proof {
  readonly balance: bigint
  readonly nonce: bigint
  readonly codeHash: Hex
  readonly storageProof: readonly { readonly key: Hex; readonly value: bigint }[]
}

function drawCode(setting: Setting): Read {
  const { random, client } = setting
  const { ref, name, candidates } = drawBlockRef(setting)
  const address = random.pick(addresses)
  return {
    name: `getCode ${address} at ${name}`,
    run: (options) => client.getCode(address, ref(), options),
    problem: (value) => noneOf(candidates(), address, setting, ({ code }) => code === value),
  }
}

function drawState(setting: Setting): Read {
  const { random, client } = setting
  const { ref, name, candidates } = drawBlockRef(setting)
  const address = random.pick(addresses)
  const asked = random.shuffle(slots).slice(0, random.integer(0, slots.length + 1))
  const query = { address, slots: asked, want: random.pick(['all', 'slots'] as const) }
  return {
    name: `getAccountState ${address} ${asked.length} slots at ${name}`,
    run: (options: RpcCallOptions) =>
      client.getAccountState?.(query, ref(), options) as Promise<unknown>,
    problem: (value) => {
      const { account: found, values } = value as State
      // By number, fields and slots take several calls, and a block may be replaced between them.
      const isSame = (account: FakeAccount): boolean =>
        found === undefined ||
        (account.balance === found.balance &&
          account.nonce === found.nonce &&
          account.code === found.code)
      const hasValues = (account: FakeAccount): boolean =>
        values.every((one, at) => one === (account.storage.get(asked[at] as Hex) ?? 0n))
      const all = candidates()
      if (all.length === 1) {
        return noneOf(all, address, setting, (account) => isSame(account) && hasValues(account))
      }
      return undefined
    },
  }
}

interface State {
  readonly account?: { readonly balance: bigint; readonly nonce: bigint; readonly code?: Hex }
  readonly values: readonly bigint[]
}

function drawBlock(setting: Setting): Read {
  const { random, client, world, worlds } = setting
  const number = BigInt(random.integer(0, Number(world.head.number) + 2))
  const hash = random.chance(0.5) ? world.head.hash : undefined
  const name = random.chance(0.3) ? 'latest' : (hash ?? number)
  return {
    name: `getBlock ${name}`,
    run: (options) => client.getBlock(name, options),
    problem: (value) => {
      const header = value as BlockHeader | null
      // A wrong null cannot be distinguished from a true one.
      if (header === null) return undefined
      // A number does not identify which of two forks is the right one.
      const [block] = worlds.flatMap((one) => one.block(header.hash) ?? [])
      const isAsked = name === 'latest' || header.hash === name || header.number === name
      const isTrue = block?.stateRoot === header.stateRoot && block.number === header.number
      return isAsked && isTrue ? undefined : 'there was no such block'
    },
  }
}

function drawChainId({ client, world }: Setting): Read {
  return {
    name: 'getChainId',
    run: (options) => client.getChainId(options),
    problem: (value) =>
      value === world.chain.chainId ? undefined : 'it is the id of another chain',
  }
}

interface DrawnRef {
  readonly ref: () => BlockRef
  readonly name: string
  /** Blocks whose state is a correct answer. */
  readonly candidates: () => readonly FakeBlock[]
}

/** Draws a reference to a block that exists at that moment. */
function drawBlockRef({ random, world, isSingle }: Setting): DrawnRef {
  const number = BigInt(random.integer(0, Number(world.head.number) + 1))
  const block = world.chain.findBlock(`0x${number.toString(16)}`) as FakeBlock
  if (!random.chance(0.4)) {
    const ref = { blockHash: block.hash }
    return { ref: () => ref, name: block.hash.slice(0, 10), candidates: () => [block] }
  }
  // A single node may have replaced the block. Several nodes are asked for this very block.
  const ref = { blockNumber: number, expectedHash: block.hash }
  const candidates = (): readonly FakeBlock[] => (isSingle ? world.versions(number) : [block])
  return { ref: () => ref, name: `${number}`, candidates }
}

function noneOf(
  candidates: readonly FakeBlock[],
  address: Hex,
  { world }: Setting,
  isTrue: (account: FakeAccount) => boolean,
): string | undefined {
  const isOne = candidates.some((block) => isTrue(world.account(address, block)))
  return isOne ? undefined : `it is none of the ${candidates.length} correct values`
}
