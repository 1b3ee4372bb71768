/**
 * A program for `runtimes.test.ts`: works on a state in memory and on a fork, over each build of the
 * core, and prints what it read as JSON. Every runtime must print the same.
 */

import { ZERO_WORD } from '../../src/encoding/constants.ts'
import {
  type AddressLike,
  type BlockHeader,
  type Engine,
  type EthProof,
  ForkStateError,
  type Hex,
  type RpcClient,
  StateManager,
} from '../../src/index.ts'
import { loadNative } from '../../src/native.ts'
import { loadWasm } from '../../src/wasm.ts'

const ADDRESS = `0x${'a1'.repeat(20)}` satisfies AddressLike
const OTHER = `0x${'b2'.repeat(20)}` satisfies AddressLike
const SLOT = `0x${'00'.repeat(31)}07` as const
const LONG_CODE: Hex = `0x${'5b'.repeat(40_000)}`

const HEADER: BlockHeader = {
  number: 5n,
  hash: `0x${'05'.repeat(32)}`,
  parentHash: `0x${'04'.repeat(32)}`,
  stateRoot: `0x${'55'.repeat(32)}`,
  timestamp: 1_700_000_000n,
}

/** A chain with one account, of 1234 wei and one slot; it proves nothing. */
const chain: RpcClient = {
  async getProof(address, slots): Promise<EthProof> {
    const isKnown = address === ADDRESS
    return {
      address,
      balance: isKnown ? 1_234n : 0n,
      nonce: isKnown ? 9n : 0n,
      codeHash: ZERO_WORD,
      storageHash: isKnown ? HEADER.stateRoot : ZERO_WORD,
      accountProof: [],
      storageProof: slots.map((key) => ({ key, value: isKnown ? 77n : 0n, proof: [] })),
    }
  },
  getCode: async () => '0x',
  getBlock: async () => HEADER,
  getChainId: async () => 1n,
}

/** The code of the error that something throws. */
function refusal(run: () => unknown): string {
  try {
    run()
    return 'none'
  } catch (error) {
    return error instanceof ForkStateError ? error.code : String(error)
  }
}

async function inMemory(ffi: Engine): Promise<readonly unknown[]> {
  using state = new StateManager({ ffi })
  state.setBalance(ADDRESS, 2n ** 256n - 1n)
  state.setStorage(ADDRESS, SLOT, 1n)
  const first = state.snapshot()
  state.checkpoint()
  state.setStorage(ADDRESS, SLOT, 2n)
  state.setCode(ADDRESS, LONG_CODE)
  state.commit()
  const read = [
    await state.getBalance(ADDRESS),
    await state.getStorage(ADDRESS, SLOT),
    (await state.getCode(ADDRESS)) === LONG_CODE,
    (await state.getAccount(ADDRESS))?.codeHash,
    await state.getStateRoot(),
    await state.getProof(ADDRESS, [SLOT]),
  ]
  state.revertToSnapshot(first)
  const reverted = [await state.getStorage(ADDRESS, SLOT), await state.getCode(ADDRESS)]
  const errors = [
    refusal(() => state.revertToSnapshot(first)),
    refusal(() => state.revert()),
    refusal(() => state.setBalance('0x12', 1n)),
  ]
  return [...read, ...reverted, ...errors]
}

async function forked(ffi: Engine): Promise<readonly unknown[]> {
  using state = new StateManager({ ffi, rpcClient: chain, forkBlockTag: 5n, verify: false })
  const unknown = state.peekBalance(ADDRESS)
  const read = await Promise.all([
    state.getBalance(ADDRESS),
    state.getNonce(ADDRESS),
    state.getStorage(ADDRESS, SLOT),
    state.getAccount(OTHER),
  ])
  state.checkpoint()
  state.setBalance(ADDRESS, 1n)
  const written = state.peekBalance(ADDRESS)
  state.revert()
  return [unknown, ...read, written, state.peekBalance(ADDRESS), await state.pinned()]
}

async function check(ffi: Engine): Promise<readonly unknown[]> {
  return [...(await inMemory(ffi)), ...(await forked(ffi))]
}

const printable = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' || value === undefined ? String(value) : value

const result = { wasm: await check(await loadWasm()), native: await check(await loadNative()) }
console.log(JSON.stringify(result, printable))
