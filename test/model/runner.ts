/**
 * Runs one scenario against a state manager and its model, and throws at the first difference.
 *
 * A get must give the model's value. A peek must give it or nothing, and after a get it must give
 * it, unless the cache is too small. A read that races with a write may give the value before or
 * after it; one that races with a clear may also be cancelled.
 */

import assert from 'node:assert/strict'

import type { Hex } from 'viem'

import { type Engine, ForkStateError, StateManager } from '../../src/index.ts'
import { type FakeChain, storageHash } from '../support/fake-chain.ts'
import { FakeRpcClient } from '../support/fake-upstream.ts'
import { Model, type World } from './model.ts'
import {
  ADDRESSES,
  type Operation,
  type Read,
  type Scenario,
  SLOTS,
  type Write,
} from './operations.ts'
import { describe, expectedValue, get, peek, readsOf } from './reads.ts'
import { applyWrite, refusalOf } from './writes.ts'

const MAX_MANAGERS = 4
/** With this many entries, none of the few keys is ever evicted. */
const AMPLE_ENTRIES = 1_000
const AMPLE_BYTES = 1_000_000

interface Pair {
  readonly state: StateManager
  readonly model: Model
}

interface Run {
  readonly client: FakeRpcClient | undefined
  /** Whether a peek must find a value that was just read. */
  readonly keepsWhatIsRead: boolean
  readonly pairs: Pair[]
  /** All snapshot ids ever taken, by any manager. */
  readonly ids: bigint[]
  current: Pair
}

/** Runs all operations, then unwinds every manager; returns the number of operations. */
export async function runScenario(
  engine: Engine,
  scenario: Scenario,
  remote: { readonly chain: FakeChain; readonly world: World },
): Promise<number> {
  const { maxCacheSize, maxCacheBytes } = scenario
  const isFork = scenario.remote === 'fork'
  const client = isFork ? new FakeRpcClient(remote.chain) : undefined
  const fork = client === undefined ? {} : { rpcClient: client, maxCacheSize, maxCacheBytes }
  const first: Pair = {
    state: new StateManager({ ffi: engine, ...fork }),
    model: new Model(isFork ? remote.world : new Map()),
  }
  const run: Run = {
    client,
    keepsWhatIsRead: maxCacheSize >= AMPLE_ENTRIES && maxCacheBytes >= AMPLE_BYTES,
    pairs: [first],
    ids: [],
    current: first,
  }
  try {
    for (const operation of scenario.operations) await apply(run, operation)
    for (const pair of run.pairs) await unwind(pair)
    return scenario.operations.reduce((sum, operation) => sum + weightOf(operation), 0)
  } finally {
    for (const { state } of run.pairs) state.destroy()
  }
}

/** One, or three for each generation: a write, a branch and an end. */
function weightOf(operation: Operation): number {
  return operation.op === 'generations' ? 3 * operation.count : 1
}

async function apply(run: Run, operation: Operation): Promise<void> {
  const { current } = run
  switch (operation.op) {
    case 'readTogether':
      await Promise.all(operation.reads.map((read) => checkRead(run, read)))
      return
    case 'readWithFault':
      return readWithFault(run, operation.read)
    case 'race':
      return race(run, operation.read, operation.write)
    case 'branch':
      if (run.pairs.length === MAX_MANAGERS) return
      run.current = { state: current.state.branch(), model: current.model.branch() }
      run.pairs.push(run.current)
      return
    case 'generations':
      for (let left = operation.count; left > 0; left--) passOn(run, operation, left)
      return
    case 'switch':
      run.current = run.pairs[operation.pick % run.pairs.length] as Pair
      return
    case 'destroy':
      if (run.pairs.length === 1) return
      run.pairs.splice(run.pairs.indexOf(current), 1)
      run.current = run.pairs[0] as Pair
      current.state.destroy()
      return
    case 'compare':
      for (const pair of run.pairs) await compare(pair)
      return
    case 'getBalance':
    case 'getNonce':
    case 'getCode':
    case 'getAccount':
    case 'getStorage':
      return checkRead(run, operation)
    default:
      checkWrite(run, operation)
      if ('account' in operation) checkPeeks(current, operation.account)
  }
}

/** A write, then a branch; the manager that is kept becomes the current one. */
function passOn(
  run: Run,
  { keep, account, slot }: Extract<Operation, { op: 'generations' }>,
  round: number,
): void {
  const parent = run.current
  const address = ADDRESSES[account] as Hex
  const key = SLOTS[(slot + round) % SLOTS.length] as Hex
  for (const target of [parent.state, parent.model]) target.setStorage(address, key, BigInt(round))
  const child = { state: parent.state.branch(), model: parent.model.branch() }
  const [kept, ended] = keep === 'parent' ? [parent, child] : [child, parent]
  run.pairs.splice(run.pairs.indexOf(parent), 1, kept)
  run.current = kept
  ended.state.destroy()
}

/** Applies a write to both; they must agree on whether it is refused. */
function checkWrite(run: Run, write: Write): void {
  const { state, model } = run.current
  if (write.op === 'snapshot') {
    const id = state.snapshot()
    assert(!run.ids.includes(id), `snapshot: the id ${id} was used before`)
    run.ids.push(id)
    model.snapshot(id)
  } else if (write.op === 'revertToSnapshot') {
    const id = run.ids.at(-1 - write.pick) ?? BigInt(write.pick)
    const refused = refusalOf(() => state.revertToSnapshot(id))
    assert.equal(
      refused,
      refusalOf(() => model.revertToSnapshot(id)),
      'revertToSnapshot: refusal',
    )
  } else {
    const refused = refusalOf(() => applyWrite(state, write))
    assert.equal(
      refused,
      refusalOf(() => applyWrite(model, write)),
      `${write.op}: refusal`,
    )
  }
  assert.equal(state.checkpointDepth, model.depth, `${write.op}: checkpoint depth`)
}

async function checkRead(run: Run, read: Read): Promise<void> {
  const { state, model } = run.current
  assert.equal(await get(state, read), expectedValue(model, read), describe(read))
  checkPeek(run.current, read, run.keepsWhatIsRead)
}

function checkPeek({ state, model }: Pair, read: Read, mustKnow = false): void {
  const value = peek(state, read)
  if (value === undefined && !mustKnow) return
  assert.equal(value, expectedValue(model, read), `${describe(read)}, peeked`)
}

function checkPeeks(pair: Pair, account: number): void {
  for (const read of readsOf(account)) checkPeek(pair, read)
}

async function readWithFault(run: Run, read: Read): Promise<void> {
  const { client, current } = run
  if (client === undefined) return checkRead(run, read)
  await current.state.pinned()
  const fault = new Error('a made-up fault')
  client.before = () => {
    throw fault
  }
  const outcome = await settle(get(current.state, read))
  client.before = undefined
  if (outcome.error === undefined) {
    assert.equal(outcome.value, expectedValue(current.model, read), describe(read))
    return
  }

  assert(outcome.error instanceof ForkStateError, `${describe(read)}: an untyped error`)
  assert.equal(rootCause(outcome.error), fault, `${describe(read)}: the cause`)
  checkPeek(current, read)
}

async function race(run: Run, read: Read, operation: Write): Promise<void> {
  const { state, model } = run.current
  const before = expectedValue(model, read)
  const reading = settle(get(state, read))
  checkWrite(run, operation)
  const { value, error } = await reading
  const after = expectedValue(model, read)
  const what = `${describe(read)} while ${operation.op}`
  if (error === undefined) {
    assert(value === before || value === after, `${what}: ${value} is neither before nor after`)
  } else {
    const isClear = operation.op === 'clearForkCache' || operation.op === 'clearCaches'
    assert(isClear && (error as ForkStateError).code === 'READ_CANCELLED', `${what}: ${error}`)
  }
  checkPeek(run.current, read)
}

interface Outcome {
  readonly value?: unknown
  readonly error?: unknown
}

function settle(promise: Promise<unknown>): Promise<Outcome> {
  return promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
}

function rootCause(error: unknown): unknown {
  let at = error
  while (at instanceof ForkStateError && at.cause !== undefined) at = at.cause
  return at
}

/** Everything of every account. */
async function compare(pair: Pair): Promise<void> {
  const { state, model } = pair
  for (const [account, address] of ADDRESSES.entries()) {
    checkPeeks(pair, account)
    for (const read of readsOf(account)) {
      assert.equal(await get(state, read), expectedValue(model, read), describe(read))
    }
    const root = (await state.getAccount(address))?.storageRoot
    const roots = [undefined, storageHash(model.storageOf(address))]
    assert(roots.includes(root), `storage root of account ${account}: ${root}`)
  }
}

/** Reverts all checkpoints, and compares at each. */
async function unwind(pair: Pair): Promise<void> {
  const { state, model } = pair
  await compare(pair)
  while (model.depth > 0) {
    state.revert()
    model.revert()
    await compare(pair)
  }
  assert.equal(state.checkpointDepth, 0)
  assert.equal(Number(state.metrics().snapshots), model.snapshots, 'live snapshots')
}
