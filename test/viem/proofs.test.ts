/** Proofs through the transport: those of the pinned block, and those of local state. */

import { createMPTFromProof, verifyMPTWithMerkleProof } from '@ethereumjs/mpt'
import { hexToBytes } from '@ethereumjs/util'
import {
  encodeAbiParameters,
  type GetProofReturnType,
  type Hex,
  keccak256,
  toRlp,
  trim,
} from 'viem'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { PAIR_SLOTS } from '../../demo/contracts.ts'
import { forkWorld, NOBODY, startWorld, type World } from './world.ts'

let world: World

beforeAll(async () => {
  world = await startWorld()
})
afterAll(async () => {
  await world?.stop()
})

test('without local writes they are the node’s', async () => {
  using fork = forkWorld(world)
  const { scenario, remote } = world
  const blockNumber = scenario.forkBlock
  const asked: [Hex, Hex[]][] = [
    [scenario.pair, [PAIR_SLOTS.reserves, PAIR_SLOTS.token0]],
    [scenario.accounts[0] as Hex, []],
    [scenario.newcomer, []],
  ]
  for (const [address, storageKeys] of asked) {
    const here = await fork.local.getProof({ address, storageKeys })
    expect(here).toEqual(await remote.getProof({ address, storageKeys, blockNumber }))
  }
})

test('after local writes they prove the local state under its root', async () => {
  using fork = forkWorld(world)
  const { state, local } = fork
  const { pair } = world.scenario
  state.setBalance(pair, 77n)
  state.setStorage(pair, PAIR_SLOTS.reserves, 5n)
  state.setBalance(NOBODY, 1n)
  const root = await state.getStateRoot()
  expect(root).not.toBe((await state.pinned()).stateRoot)
  const proof = await local.getProof({ address: pair, storageKeys: [PAIR_SLOTS.reserves] })
  expect(proof.balance).toBe(77n)
  expect(await provenAccount(proof, root)).toBe(accountLeaf(proof))
  const [slot] = proof.storageProof
  expect(slot?.value).toBe(5n)
  const key = hexToBytes(keccak256(PAIR_SLOTS.reserves))
  const nodes = (slot?.proof ?? []).map((node) => hexToBytes(node))
  const leaf = await verifyMPTWithMerkleProof(
    await createMPTFromProof(nodes),
    hexToBytes(proof.storageHash),
    key,
    nodes,
  )
  expect(leaf).toEqual(hexToBytes(toRlp('0x05')))
  const newcomer = await local.getProof({ address: NOBODY, storageKeys: [] })
  expect(await provenAccount(newcomer, root)).toBe(accountLeaf(newcomer))
})

/** The leaf that an independent walk finds, as hex. */
async function provenAccount(proof: GetProofReturnType, root: Hex): Promise<Hex | undefined> {
  const nodes = proof.accountProof.map((node) => hexToBytes(node))
  const key = hexToBytes(keccak256(proof.address))
  const trie = await createMPTFromProof(nodes)
  const leaf = await verifyMPTWithMerkleProof(trie, hexToBytes(root), key, nodes)
  return leaf === null ? undefined : (`0x${Buffer.from(leaf).toString('hex')}` as Hex)
}

function accountLeaf({ nonce, balance, storageHash, codeHash }: GetProofReturnType): Hex {
  const integer = (value: bigint): Hex => {
    return value === 0n ? '0x' : trim(encodeAbiParameters([{ type: 'uint256' }], [value]))
  }
  return toRlp([integer(BigInt(nonce)), integer(balance), storageHash, codeHash])
}
