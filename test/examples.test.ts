/**
 * Every program in `examples/` runs, against a real anvil where it forks, and prints what it should.
 * The page in `examples/browser` runs in `browser/browser.test.ts`.
 */

import { readdirSync } from 'node:fs'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { type RpcNode, startAnvil } from './support/nodes.ts'
import { runFile } from './support/run-program.ts'

const ETHER_10000 = '10000000000000000000000'
const zeros = (digits: number): string => '0'.repeat(digits)

/** What each example prints, line by line. */
const printed: Readonly<Record<string, readonly (string | RegExp)[]>> = {
  'in-memory.ts': [
    'balance: 1000000000000000000n',
    `slot 0: 0x${zeros(59)}f4240`,
    `slot 1: 0x${zeros(64)}`,
    'code: 0x602a60005260206000f3',
    'nobody: undefined 0n',
    'peek: 5n',
    `deleted: undefined 0x${zeros(64)}`,
  ],
  'fork.ts': [
    /^chain 31337, block \d+, named by hash$/,
    `balance ${ETHER_10000}, nonce 0`,
    'HTTP requests: 1',
    'code of 69 bytes',
    'JSON-RPC calls of a second read: 0',
    'peek at bob: undefined',
    'difference to the chain: 1n',
  ],
  'checkpoints-and-snapshots.ts': [
    'inner committed: balance 80, depth 1',
    'outer reverted: balance 100, depth 0',
    'at the later snapshot: balance 1, depth 1',
    'at the first snapshot: balance 100, depth 0',
    /^INVALID_SNAPSHOT: /,
    /^NO_CHECKPOINT: /,
  ],
  'branches.ts': [
    '1 ether: paid; bob has 1, alice sent 1 more',
    '99 ether: paid; bob has 99, alice sent 1 more',
    '101 ether: refused; bob has 0, alice sent 0 more',
    'bob has 0',
    'accounts fetched: 1',
  ],
  'ethereumjs.ts': [
    'root of the header: true',
    'gas 21000',
    '0x000000 balance 1000000000000000000, nonce unchanged',
    /^0xf39fd6 balance -1000000000000021000, nonce 1$/,
    'root after the payment is another: true',
    'carol: undefined',
    'root of the header: true',
  ],
  'viem-transport.ts': [
    'the head is the pinned block: true',
    'balance is known: true',
    'it returns: 42n',
    'gas: 23115n',
    'with an override: 43n',
    'reverted: true',
    'and all taken back: undefined',
  ],
  'own-rpc-client.ts': [
    `from the node: ${ETHER_10000}n`,
    `from the record: ${ETHER_10000}n`,
    /getProof/,
    /address: 0x70997970c51812dc3a010c7d01b50e0d17dc79c8/,
    /was not recorded/,
  ],
  'viem-provider.ts': [
    `forkstate: ${ETHER_10000}n`,
    `viem:      ${ETHER_10000}n`,
    'miner absent: true',
  ],
  'native-engine.ts': [
    /^engine: (native|wasm)$/,
    'slot 999: 998001n',
    'equal: true',
    'slots written: 1000 1000',
  ],
  'cache-and-metrics.ts': [
    'known to the other: true',
    'local writes read back: 200',
    'base entries: 50, evictions: 151, accounts written: 200',
    // Fewer than accounts: what a proof shows of absent ones is not asked for.
    /^JSON-RPC calls: \d+ in 3 HTTP requests$/,
    'after clearForkCache: undefined 7n',
  ],
  'recordings.ts': [
    `from the node: ${ETHER_10000}n`,
    `from the file: ${ETHER_10000}n`,
    /^of bob: the recording has no answer to eth_getProof: account 0x.* 0x70997970/,
  ],
  'several-endpoints.ts': [
    '  backoff, ready',
    `one is down: ${ETHER_10000}n`,
    '  suspect, ready',
    `one lies: ${ETHER_10000}n`,
    '  suspect, ready, ready',
    `one of three lies: ${ETHER_10000}n`,
    'one against one: RPC_QUORUM',
  ],
  'rate-limit.ts': ['100 accounts, none refused: true', 'paced: true'],
  'repin.ts': [
    'someone: 1n',
    'the chain moved on: 1n',
    'blocks later: true',
    'someone now: 2n',
    'written before: 7n',
    'back again: 1n',
  ],
  'moving-state.ts': [
    `0x7099 ${ETHER_10000} -> 42 slot 1: 0 -> 2`,
    `0xf39f ${ETHER_10000} -> 5`,
    'loaded: 42n 0x475f5260205ff3',
    'and undone: undefined',
    'streamed: 42n',
    'called on the node: 42n',
  ],
  'persistent-store.ts': [
    `first: balance ${ETHER_10000}, code of 69 bytes`,
    'first: HTTP requests: 3, from the store: 0',
    `second: balance ${ETHER_10000}, code of 69 bytes`,
    'second: HTTP requests: 1, from the store: 3',
  ],
  'events-and-metrics.ts': [
    'sent: eth_getBlockByNumber, eth_chainId',
    'out of use: backoff',
    'sent: eth_getBlockByNumber, eth_chainId',
    'answered, failed: 0',
    'pinned: block of 66 characters',
    'sent: eth_getProof',
    'answered, failed: 0',
    `balance: ${ETHER_10000}n`,
    'facts of the chain: 1, reads that hit: 1',
    'timeouts: 0, requests timed: true',
    'forkstate_hits_total{chain="anvil",layer="overlay"} 0',
    'forkstate_hits_total{chain="anvil",layer="base"} 1',
    'forkstate_hits_total{chain="anvil",layer="store"} 0',
    'forkstate_hits_total{chain="anvil",layer="network"} 1',
    'forkstate_hits_total{chain="anvil",layer="trie"} 0',
  ],
  'transaction.ts': [
    'before block of it',
    'transactions before it: 2',
    'it sends 3 wei',
    'nobody has 0 wei',
    'what it meets: 3 wei',
    'TransactionNotFoundError: unknown',
  ],
  'errors.ts': [
    'a short address: InvalidHexError INVALID_HEX',
    'a balance of 2^256: InvalidInputError INVALID_INPUT',
    'revert without a checkpoint: NoCheckpointError NO_CHECKPOINT',
    'a snapshot that never was: InvalidSnapshotError INVALID_SNAPSHOT',
    'a destroyed manager: DestroyedError DESTROYED',
    'a call to a node that is down: RpcError RPC_FAILED',
    /http:\/\/127\.0\.0\.1:18999: /,
    /details: /,
    /try: /,
    'a read from it: PinError PIN_FAILED',
    'known: undefined',
    'written: 1n',
    'an aborted read: AbortedError ABORTED',
  ],
}

describe('examples', () => {
  let anvil: RpcNode

  beforeAll(async () => {
    anvil = await startAnvil()
    // Of its block 0 it gives no proofs that hold.
    await anvil.rpc('anvil_mine', [])
  })
  afterAll(async () => {
    await anvil?.stop()
  })

  test('each has its output here', () => {
    const entries = readdirSync(new URL('../examples', import.meta.url), { withFileTypes: true })
    const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name)
    expect(files.sort()).toEqual(Object.keys(printed).sort())
  })

  test.each(Object.keys(printed))('%s', async (file) => {
    const { code, stdout, stderr } = await runFile(`examples/${file}`, [anvil.url])
    expect(code, stderr).toBe(0)
    expect(stdout).not.toContain('api-key')
    const lines = stdout.trimEnd().split('\n')
    const expected = printed[file] as readonly (string | RegExp)[]
    expect(lines).toEqual(
      expected.map((line) => (typeof line === 'string' ? line : expect.stringMatching(line))),
    )
  })
})
