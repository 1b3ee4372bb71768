import { describe, expect, it } from 'vitest'
import { ABI_HASH } from './abi.gen.ts'
import { coreWasmBase64 } from './core-wasm.gen.ts'
import { defaultEngine, loadWasm } from './wasm.ts'

const bundled = Uint8Array.from(Buffer.from(coreWasmBase64, 'base64'))

/** The bundled binary with another ABI hash in its data. */
function withOtherHash(): Uint8Array<ArrayBuffer> {
  const hash = Buffer.from(ABI_HASH.slice(2), 'hex')
  const at = Buffer.from(bundled).indexOf(hash)
  expect(at).toBeGreaterThan(0)
  const changed = Uint8Array.from(bundled)
  changed[at] = (changed[at] as number) ^ 1
  return changed
}

/** A module that imports one function. */
const importing = Uint8Array.from([
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x04, 0x01, 0x60, 0x00, 0x00],
  ...[0x02, 0x07, 0x01, 0x01, 0x61, 0x01, 0x62, 0x00, 0x00],
])

const empty = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00)

describe('the bundled core', () => {
  it('imports nothing', () => {
    expect(WebAssembly.Module.imports(new WebAssembly.Module(bundled))).toEqual([])
  })

  it('is loaded once for all managers, at once', () => {
    expect(defaultEngine()).toBe(defaultEngine())
    expect(defaultEngine().kind).toBe('wasm')
  })
})

describe('loadWasm', () => {
  it('gives each engine its own memory', async () => {
    const [first, second] = await Promise.all([loadWasm(), loadWasm()])
    expect(first.bytes.buffer).not.toBe(second.bytes.buffer)
    expect(first.frame).toBe(second.frame)
  })

  it('takes bytes and compiled modules', async () => {
    expect((await loadWasm({ module: bundled })).kind).toBe('wasm')
    expect((await loadWasm({ module: new WebAssembly.Module(bundled) })).kind).toBe('wasm')
  })

  it('keeps its views on the memory when it grows', async () => {
    const engine = await loadWasm()
    const pointer = engine.reserve(4_000_000)
    expect(engine.bytes.length).toBeGreaterThanOrEqual(pointer + 4_000_000)
    expect(engine.view.buffer).toBe(engine.bytes.buffer)
    engine.bytes[pointer + 3_999_999] = 1
  })

  it('has a place for nothing', async () => {
    const engine = await loadWasm()
    expect(engine.reserve(0)).toBeLessThan(engine.bytes.length)
  })

  it('reports that there is no memory', async () => {
    const engine = await loadWasm()
    expect(() => engine.reserve(2 ** 32 - 1)).toThrow(
      expect.objectContaining({ code: 'OUT_OF_MEMORY' }),
    )
    expect(engine.reserve(10)).toBeGreaterThan(0)
  })

  it.each([
    ['built from other declarations', withOtherHash, 'ABI_MISMATCH'],
    ['that imports something', () => importing, 'ENGINE_LOAD'],
    ['that is no core', () => empty, 'ENGINE_LOAD'],
    ['that is no WebAssembly', () => Uint8Array.of(1, 2, 3), 'ENGINE_LOAD'],
  ] as const)('refuses a binary %s', async (_, binary, code) => {
    await expect(loadWasm({ module: binary() })).rejects.toMatchObject({ code })
  })
})
