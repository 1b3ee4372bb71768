/**
 * Records the answers of a node and replays them without a node: for tests that run offline and
 * always see the same chain.
 *
 *     npx tsx examples/recordings.ts [URL]
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

import type { RpcClient } from '../src/index.ts'
import { NotRecordedError, RpcClientAdapter, record, replay, StateManager } from '../src/index.ts'

const [url = 'http://127.0.0.1:8545'] = process.argv.slice(2)
const alice = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'
const bob = '0x70997970c51812dc3a010c7d01b50e0d17dc79c8'
const folder = mkdtempSync(path.join(tmpdir(), 'forkstate-example-'))
const file = path.join(folder, 'alice.jsonl')

/** The code under test. It uses a state manager and does not know where that reads from. */
async function readAlice(rpcClient: RpcClient): Promise<bigint> {
  using fork = new StateManager({ rpcClient })
  return await fork.getBalance(alice)
}

const node = new RpcClientAdapter(url)
const recording = record(node, file)
console.log('from the node:', await readAlice(recording))
await recording.save()
node.close()

console.log('from the file:', await readAlice(replay(file)))

// A request that was not recorded is an error that names it, never a zero.
using fork = new StateManager({ rpcClient: replay(file) })
const error = await fork.getBalance(bob).catch((thrown: unknown) => thrown)
console.log('of bob:', error instanceof NotRecordedError && error.shortMessage)
rmSync(folder, { recursive: true })
