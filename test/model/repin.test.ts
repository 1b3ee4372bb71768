/**
 * Random walks of a fork over the blocks of a chain: whatever is kept from block to block, each
 * value must be that of the pinned block, or of a local write.
 *
 * A failure names its seed: `FORKSTATE_SEED=1234 npx vitest run test/model/repin.test.ts`.
 */

import type { Hex } from 'viem'
import { expect, test } from 'vitest'

import { StateManager } from '../../src/index.ts'
import { Random } from '../faults/random.ts'
import { describeEngines } from '../support/engines.ts'
import type { AccountSeed } from '../support/fake-chain.ts'
import { FakeChain } from '../support/fake-chain.ts'
import { FakeRpcClient } from '../support/fake-upstream.ts'
import { word } from '../support/sample-keys.ts'

const ADDRESSES = [1, 2, 3, 4, 5].map((byte): Hex => `0x${`0${byte}`.repeat(20)}`)
const SLOTS = [0, 1, 2, 3].map((slot) => word(slot))
const CODES: readonly Hex[] = ['0x', '0x6001', '0x6002']
const WALKS = 30
const STEPS = 60

const FIRST_SEED = Number(process.env['FORKSTATE_SEED'] ?? Math.floor(Math.random() * 2 ** 31))

/** The chain, the fork, and what was written over it. */
interface Walk {
  readonly random: Random
  readonly chain: FakeChain
  readonly fork: StateManager
  readonly written: Map<string, bigint>
}

function mine({ chain, random }: Pick<Walk, 'chain' | 'random'>): void {
  const seeds: Record<Hex, AccountSeed> = {}
  for (const address of ADDRESSES) {
    if (random.chance(0.6)) continue
    seeds[address] = {
      balance: BigInt(random.integer(0, 3)),
      code: random.pick(CODES),
      storage: { [random.pick(SLOTS)]: BigInt(random.integer(0, 3)) },
    }
  }
  chain.mine(seeds)
}

async function step(walk: Walk): Promise<void> {
  const { random, chain, fork, written } = walk
  const address = random.pick(ADDRESSES)
  const slot = random.pick(SLOTS)
  switch (random.integer(0, 10)) {
    case 0:
      mine(walk)
      return
    case 1:
      await fork.repin(random.pick(['latest', random.integer(0, Number(chain.head.number) + 1)]))
      return
    case 2:
      written.set(`${address}${slot}`, 1n)
      fork.setStorage(address, slot, 1n)
      return
    case 3:
      await fork.prefetch(ADDRESSES.map((one) => ({ address: one, slots: SLOTS })))
      return
    default:
      await compare(walk, random.chance(0.5) ? [address] : ADDRESSES)
  }
}

/** Reads must be right; peeks before them must be right or unknown. */
async function compare(walk: Walk, addresses: readonly Hex[]): Promise<void> {
  const { chain, fork, random, written } = walk
  const { number } = await fork.pinned()
  const block = chain.findBlock(`0x${number.toString(16)}`)
  const slots = SLOTS.filter(() => random.chance(0.5))
  await Promise.all(
    addresses.map(async (address) => {
      const { balance, code, storage } = chain.account(address, block)
      expect([undefined, balance]).toContain(fork.peekBalance(address))
      for (const slot of slots) {
        const value = written.get(`${address}${slot}`) ?? storage.get(slot) ?? 0n
        expect([undefined, word(value)]).toContain(fork.peekStorage(address, slot))
        expect(await fork.getStorage(address, slot)).toBe(word(value))
      }
      expect(await fork.getBalance(address)).toBe(balance)
      expect(await fork.getCode(address)).toBe(code)
    }),
  )
}

describeEngines('walks over blocks', (engine) => {
  test.each([
    { verify: true, maxCacheSize: 100_000 },
    { verify: false, maxCacheSize: 100_000 },
    { verify: true, maxCacheSize: 6 },
  ])('give the values of each block: %j', async ({ verify, maxCacheSize }) => {
    let saved = 0
    for (let seed = FIRST_SEED; seed < FIRST_SEED + WALKS; seed++) {
      const random = new Random(seed)
      const chain = new FakeChain()
      for (let block = 0; block < 3; block++) mine({ chain, random })
      const client = new FakeRpcClient(chain)
      using fork = new StateManager({ ffi: engine, rpcClient: client, verify, maxCacheSize })
      const walk: Walk = { random, chain, fork, written: new Map() }
      try {
        for (let count = 0; count < STEPS; count++) await step(walk)
      } catch (cause) {
        throw new Error(`with FORKSTATE_SEED=${seed}: ${(cause as Error).message}`, { cause })
      }
      saved += fork.metrics().baseHits
    }
    expect(saved).toBeGreaterThan(WALKS * STEPS)
  })
})
