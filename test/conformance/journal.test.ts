/** Statements 13 to 18: snapshots, checkpoints and branches, over both builds. */

import { beforeEach, expect, test } from 'vitest'

import { ForkStateError, StateManager } from '../../src/index.ts'
import { describeEngines } from '../support/engines.ts'
import { freshAddress, word } from '../support/sample-keys.ts'
import { describeForks } from '../support/upstreams.ts'

/** The code of the error that `action` throws. */
function codeOf(action: () => unknown): string {
  try {
    action()
  } catch (error) {
    if (error instanceof ForkStateError) return error.code
    throw error
  }
  return 'nothing was thrown'
}

describeEngines('journal', (engine) => {
  let state: StateManager
  const address = freshAddress()

  beforeEach(() => {
    state = new StateManager({ ffi: engine })
    return () => state.destroy()
  })

  test('statement 13: snapshot ids never repeat, also after reverts and clears', () => {
    const seen = new Set<bigint>()
    let taken = 0
    const take = (): bigint => {
      const id = state.snapshot()
      seen.add(id)
      taken += 1
      return id
    }
    for (let round = 0; round < 20; round++) {
      const first = take()
      take()
      state.checkpoint()
      take()
      state.revert()
      take()
      if (round % 3 === 0) state.clearCaches()
      else state.revertToSnapshot(first)
    }
    expect(seen.size).toBe(taken)
  })

  test('statement 13: a stale, consumed, or foreign id changes nothing', async () => {
    const other = new StateManager({ ffi: engine })
    const foreign = other.snapshot()
    const first = state.snapshot()
    const consumed = state.snapshot()
    const later = state.snapshot()
    state.revertToSnapshot(consumed)
    state.checkpoint()
    const insideReverted = state.snapshot()
    state.revert()
    state.setBalance(address, 3n)
    state.checkpoint()
    const never = [0n, 2n ** 64n - 1n, later + 1_000_000n]

    for (const id of [consumed, later, insideReverted, foreign, ...never]) {
      expect(codeOf(() => state.revertToSnapshot(id))).toBe('INVALID_SNAPSHOT')
    }
    expect(await state.getBalance(address)).toBe(3n)
    expect(state.checkpointDepth).toBe(1)
    state.revertToSnapshot(first)
    expect(await state.getBalance(address)).toBe(0n)
    expect(codeOf(() => state.revertToSnapshot(first))).toBe('INVALID_SNAPSHOT')
    other.destroy()
  })

  test('statement 13: clearCaches ends all snapshots', () => {
    const id = state.snapshot()
    state.clearCaches()
    expect(codeOf(() => state.revertToSnapshot(id))).toBe('INVALID_SNAPSHOT')
  })

  test('statement 14: a snapshot outlives checkpoints committed after it', async () => {
    state.setBalance(address, 1n)
    state.checkpoint()
    state.setBalance(address, 2n)
    const id = state.snapshot()
    state.setBalance(address, 3n)
    state.commit()
    state.setBalance(address, 4n)
    state.revertToSnapshot(id)
    expect(await state.getBalance(address)).toBe(2n)
    expect(state.checkpointDepth).toBe(1)
    state.revert()
    expect(await state.getBalance(address)).toBe(1n)
    expect(state.checkpointDepth).toBe(0)
  })

  test('statement 14: checkpoints opened after the snapshot are gone', async () => {
    const id = state.snapshot()
    for (let depth = 1; depth <= 3; depth++) {
      state.checkpoint()
      state.setStorage(address, word(depth), 1n)
    }
    state.revertToSnapshot(id)
    expect(state.checkpointDepth).toBe(0)
    expect(await state.getStorage(address, word(1))).toBe(word(0))
    expect(codeOf(() => state.revert())).toBe('NO_CHECKPOINT')
  })

  test('statement 14: reverting to a snapshot ends it and the later ones, not the earlier', () => {
    const [early, middle, late] = [state.snapshot(), state.snapshot(), state.snapshot()]
    state.revertToSnapshot(middle)
    expect(codeOf(() => state.revertToSnapshot(late))).toBe('INVALID_SNAPSHOT')
    expect(codeOf(() => state.revertToSnapshot(middle))).toBe('INVALID_SNAPSHOT')
    expect(codeOf(() => state.revertToSnapshot(early))).toBe('nothing was thrown')
  })

  test('statement 14: several checkpoints committed past a snapshot all come back', async () => {
    for (let depth = 1; depth <= 4; depth++) {
      state.checkpoint()
      state.setBalance(address, BigInt(depth))
    }
    const id = state.snapshot()
    for (let depth = 4; depth >= 2; depth--) state.commit()
    state.setBalance(address, 9n)
    state.checkpoint()
    state.revertToSnapshot(id)
    expect(state.checkpointDepth).toBe(4)
    for (let depth = 4; depth >= 1; depth--) {
      expect(await state.getBalance(address)).toBe(BigInt(depth))
      state.revert()
    }
    expect(await state.getBalance(address)).toBe(0n)
  })

  test('statement 15: inner commit, then outer revert, undoes both', async () => {
    state.setStorage(address, word(1), 1n)
    state.checkpoint()
    state.setStorage(address, word(1), 2n)
    state.checkpoint()
    state.setStorage(address, word(1), 3n)
    state.setNonce(address, 4n)
    state.deleteAccount(address)
    state.commit()
    state.revert()
    expect(await state.getStorage(address, word(1))).toBe(word(1))
    expect(await state.getNonce(address)).toBe(0n)
    expect(state.checkpointDepth).toBe(0)
  })

  test('statement 15: revert or commit without a checkpoint is an error with no effect', async () => {
    state.setBalance(address, 1n)
    expect(codeOf(() => state.revert())).toBe('NO_CHECKPOINT')
    expect(codeOf(() => state.commit())).toBe('NO_CHECKPOINT')
    expect(await state.getBalance(address)).toBe(1n)
    state.checkpoint()
    state.commit()
    expect(codeOf(() => state.commit())).toBe('NO_CHECKPOINT')
    expect(state.checkpointDepth).toBe(0)
  })

  test('statement 16: checkpoint and commit write the same at any number of dirty slots', () => {
    const costs: bigint[] = []
    for (const dirtySlots of [10, 10_000]) {
      const manager = new StateManager({ ffi: engine })
      for (let slot = 0; slot < dirtySlots; slot++) manager.setStorage(address, word(slot), 1n)
      const bytes = (): bigint => {
        const { journalBytes, overlayBytes } = manager.metrics()
        return BigInt(journalBytes) + BigInt(overlayBytes)
      }
      const before = bytes()
      for (let round = 0; round < 100; round++) manager.checkpoint()
      const opened = bytes() - before
      for (let round = 0; round < 100; round++) manager.commit()
      costs.push(opened, bytes() - before)
      manager.destroy()
    }
    expect(costs.slice(2)).toEqual(costs.slice(0, 2))
  })

  test('statement 18: a branch and its parent never see each other’s later writes', async () => {
    const [first, second] = [freshAddress(), freshAddress()]
    state.setBalance(first, 1n)
    state.setStorage(first, word(1), 1n)
    state.checkpoint()
    state.setBalance(second, 1n)
    const child = state.branch()
    expect(child.checkpointDepth).toBe(0)
    expect(await child.getBalance(second)).toBe(1n)

    child.setBalance(first, 2n)
    state.setStorage(first, word(1), 3n)
    state.deleteAccount(second)
    expect(await state.getBalance(first)).toBe(1n)
    expect(await child.getStorage(first, word(1))).toBe(word(1))
    expect(await child.getBalance(second)).toBe(1n)

    state.revert()
    expect(await state.getBalance(second)).toBe(0n)
    expect(await child.getBalance(second)).toBe(1n)
    expect(codeOf(() => child.revert())).toBe('NO_CHECKPOINT')
    child.destroy()
    expect(await state.getStorage(first, word(1))).toBe(word(1))
  })

  test('statement 18: branches of branches outlive their parents', async () => {
    let tip = state.branch()
    for (let depth = 1; depth <= 60; depth++) {
      tip.setStorage(address, word(depth), BigInt(depth))
      tip.setNonce(address, BigInt(depth))
      const next = tip.branch()
      tip.setStorage(address, word(depth), 0n)
      tip.destroy()
      tip = next
    }
    expect(await tip.getNonce(address)).toBe(60n)
    for (let depth = 1; depth <= 60; depth++) {
      expect(await tip.getStorage(address, word(depth))).toBe(word(depth))
    }
    expect(await state.getNonce(address)).toBe(0n)
    tip.destroy()
  })

  test('statement 18: a snapshot of the parent is not one of the branch', () => {
    const id = state.snapshot()
    const child = state.branch()
    expect(codeOf(() => child.revertToSnapshot(id))).toBe('INVALID_SNAPSHOT')
    child.destroy()
  })
})

describeForks('journal of a fork', (context) => {
  const { upstream } = context

  test('statement 17: what was read inside a reverted checkpoint is still cached', async () => {
    const address = freshAddress()
    await upstream.mine({ [address]: { balance: 5n, code: '0x60', storage: { [word(1)]: 7n } } })
    const fork = await context.fork()
    fork.checkpoint()
    const { journalBytes } = fork.metrics()
    await fork.getBalance(address)
    await fork.getStorage(address, word(1))
    await fork.getCode(address)
    expect(fork.metrics().journalBytes).toBe(journalBytes)
    fork.revert()
    const before = context.stateCalls()
    expect(fork.peekBalance(address)).toBe(5n)
    expect(await fork.getBalance(address)).toBe(5n)
    expect(await fork.getStorage(address, word(1))).toBe(word(7))
    expect(await fork.getCode(address)).toBe('0x60')
    expect(context.stateCalls()).toBe(before)
  })

  test('statement 17: what was read after a snapshot is still cached when it is reverted', async () => {
    const address = freshAddress()
    await upstream.mine({ [address]: { balance: 5n } })
    const fork = await context.fork()
    const id = fork.snapshot()
    await fork.getBalance(address)
    fork.revertToSnapshot(id)
    expect(fork.peekBalance(address)).toBe(5n)
  })

  test('statement 18: a branch reads through the same cache, and writes apart', async () => {
    const address = freshAddress()
    await upstream.mine({ [address]: { balance: 5n, storage: { [word(1)]: 7n } } })
    const fork = await context.fork()
    await fork.getBalance(address)
    const child = fork.branch()
    const before = context.stateCalls()
    expect(await child.getBalance(address)).toBe(5n)
    expect(context.stateCalls()).toBe(before)

    child.setStorage(address, word(1), 8n)
    fork.setBalance(address, 6n)
    expect(await fork.getStorage(address, word(1))).toBe(word(7))
    expect(await child.getBalance(address)).toBe(5n)
    fork.destroy()
    child.clearForkCache()
    expect(await child.getBalance(address)).toBe(5n)
    expect(await child.getStorage(address, word(1))).toBe(word(8))
    child.destroy()
  })
})
