/** Loading the native core: what is found, what is refused, and what the errors say. */

import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

import { ABI_HASH } from '../../src/ffi/abi.gen.ts'
import { ForkStateError, StateManager } from '../../src/index.ts'
import { AbiMismatchError, EngineLoadError, loadNative } from '../../src/native.ts'
import { addonPath, copyAddon, describeAddon, temporaryFolder } from './addon-file.ts'

/** The error of loading a file. */
async function refusal(path: string): Promise<ForkStateError> {
  const error = await loadNative({ path }).catch((reason: unknown) => reason)
  if (!(error instanceof ForkStateError)) throw new Error(`not refused: ${error}`)
  return error
}

test('a missing file is named, with the platform and what to do', async () => {
  const path = join(temporaryFolder(), 'forkstate.node')
  const error = await refusal(path)
  expect(error).toBeInstanceOf(EngineLoadError)
  expect(error.code).toBe('ENGINE_LOAD')
  expect(error.message).toContain(path)
  expect(error.message).toContain(`${process.platform}-${process.arch}`)
  expect(error.hint).toContain('default WebAssembly engine')
})

test('a file that is no addon is refused with the cause', async () => {
  const path = join(temporaryFolder(), 'forkstate.node')
  writeFileSync(path, 'not a library')
  const error = await refusal(path)
  expect(error).toBeInstanceOf(EngineLoadError)
  expect(error.message).toContain(path)
  expect(error.cause).toBeInstanceOf(Error)
})

test('a module that is something else is refused', async () => {
  const path = join(temporaryFolder(), 'other.cjs')
  writeFileSync(path, 'module.exports = { abiHash: 1 }')
  expect(await refusal(path)).toBeInstanceOf(EngineLoadError)
})

test('one that was built from other declarations is refused, also if another copy loaded it', async () => {
  const path = join(temporaryFolder(), 'loaded.cjs')
  writeFileSync(
    path,
    `module.exports = {
      abiHash: '0x00', setMemory: () => 0, call: () => {},
      [Symbol.for('forkstate.native-engine')]: { kind: 'native' },
    }`,
  )
  expect(await refusal(path)).toBeInstanceOf(AbiMismatchError)
})

describeAddon('the native core', () => {
  test('is loaded once a thread', async () => {
    const engine = await loadNative()
    expect(engine.kind).toBe('native')
    expect(await loadNative()).toBe(engine)
    expect(await loadNative({ path: addonPath })).toBe(engine)
  })

  test('another copy of it is another engine beside the first', async () => {
    const engines = [await loadNative(), await loadNative({ path: copyAddon() })]
    expect(engines[1]).not.toBe(engines[0])
    const states = engines.map((ffi) => new StateManager({ ffi }))
    const address = `0x${'11'.repeat(20)}` as const
    for (const [index, state] of states.entries()) state.setBalance(address, BigInt(index + 1))
    expect(states.map((state) => state.peekBalance(address))).toEqual([1n, 2n])
    for (const state of states) state.destroy()
  })

  test('one that was built from other declarations is refused', async () => {
    const path = copyAddon()
    const binary = readFileSync(path)
    const at = binary.indexOf(ABI_HASH)
    expect(at).toBeGreaterThan(0)
    const otherHash = `0x${ABI_HASH.slice(2).split('').reverse().join('')}`
    binary.write(otherHash, at, 'latin1')
    writeFileSync(path, binary)
    // macOS ends a process that loads a file which is not as it was signed.
    if (process.platform === 'darwin') execFileSync('codesign', ['--force', '--sign', '-', path])

    const error = await refusal(path)
    expect(error).toBeInstanceOf(AbiMismatchError)
    expect(error.code).toBe('ABI_MISMATCH')
    expect(error.details).toBe(`expected ${ABI_HASH}, found ${otherHash}`)
  })
})
