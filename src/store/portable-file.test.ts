import { beforeEach, describe, expect, it } from 'vitest'
import { concatBytes } from './bytes.ts'
import { crc32c } from './crc32c.ts'
import { keepEveryBlock } from './facts/block-policy.ts'
import { FactStore } from './facts/fact-store.ts'
import type { Fact } from './facts/facts.ts'
import { MemoryStore } from './media/memory-store.ts'
import { exportBlock, importBlock } from './portable-file.ts'
import type { Store } from './store.ts'
import { storeStats } from './store-tools.ts'

const hash = `0x${'12'.repeat(32)}` as const
const codeHash = `0x${'34'.repeat(32)}` as const
const address = `0x${'56'.repeat(20)}` as const
const block = { chainId: 10n, hash }

const facts: readonly Fact[] = [
  { kind: 'account', address, account: { balance: 5n, nonce: 1n, codeHash } },
  { kind: 'storage', address, word: hash, value: 7n },
  { kind: 'code', word: codeHash, code: Uint8Array.of(0x60, 0x00) },
]

async function fileOf(store: Store): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of exportBlock(store, block)) chunks.push(chunk)
  return concatBytes(...chunks)
}

async function isRefused(file: Uint8Array): Promise<string> {
  const store = new MemoryStore()
  let code = 'taken'
  await importBlock(store, file).catch((error: { code: string }) => {
    code = error.code
  })
  if ((await storeStats(store)).records !== 0) return 'something was written'
  return code
}

describe('the file of a block', () => {
  let store: MemoryStore
  let file: Uint8Array

  beforeEach(async () => {
    store = new MemoryStore()
    const cache = new FactStore(store, { policy: keepEveryBlock })
    cache.forBlock({ block: { ...block, number: 1n }, proven: true }).save(facts)
    await cache.close()
    file = await fileOf(store)
  })

  it('is read whole, in chunks of any length', async () => {
    for (const length of [1, 2, 7, 64, 1_000]) {
      const chunks: Uint8Array[] = []
      for (let at = 0; at < file.length; at += length) chunks.push(file.subarray(at, at + length))
      const other = new MemoryStore()
      const imported = await importBlock(other, chunks)
      expect(imported).toEqual({ ...block, proven: true, records: 2, codes: 1, bytes: file.length })
      expect(await fileOf(other)).toEqual(file)
    }
  })

  it('is refused when any byte is changed, and nothing is written', async () => {
    for (let at = 0; at < file.length; at++) {
      const damaged = file.slice()
      damaged[at] = (damaged[at] as number) ^ 0x11
      expect(await isRefused(damaged), `byte ${at}`).toBe('INVALID_EXPORT')
    }
  })

  it('is refused when cut short anywhere or continued, and nothing is written', async () => {
    for (let length = 0; length < file.length; length++) {
      expect(await isRefused(file.subarray(0, length)), `${length}`).toBe('INVALID_EXPORT')
    }
    expect(await isRefused(concatBytes(file, Uint8Array.of(0)))).toBe('INVALID_EXPORT')
    expect(await isRefused(concatBytes(file, file))).toBe('INVALID_EXPORT')
  })

  it('is refused with a record twice, although its checksum is right', async () => {
    const head = 16 + 2 + 41
    const size = 6 + (file[head + 1] as number) + (file[head + 5] as number)
    const first = file.subarray(head, head + size)
    const tail = Uint8Array.of(0, 0, 0, 0, 4)
    const body = concatBytes(file.subarray(0, -9), first, tail)
    const checksum = new Uint8Array(4)
    new DataView(checksum.buffer).setUint32(0, crc32c(body))
    expect(await isRefused(concatBytes(body, checksum))).toBe('INVALID_EXPORT')
  })

  it('is refused above the bound, before it is read', async () => {
    const other = new MemoryStore()
    const importing = importBlock(other, file, { maxBytes: 150 })
    await expect(importing).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' })
    expect((await storeStats(other)).records).toBe(0)
  })

  it('leaves damaged records out', async () => {
    for await (const { group } of store.groups.list()) {
      for await (const { item, value } of store.groups.records(group)) {
        if (item.length === 52) await store.putMany([{ group, item, value: value.slice(1) }])
      }
    }
    const other = new MemoryStore()
    expect(await importBlock(other, await fileOf(store))).toMatchObject({ records: 1, codes: 1 })
  })

  it('lets its source go when it is refused', async () => {
    let isReleased = false
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        yield Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16)
        yield file
      } finally {
        isReleased = true
      }
    }
    await expect(importBlock(store, source())).rejects.toMatchObject({ code: 'INVALID_EXPORT' })
    expect(isReleased).toBe(true)
  })
})
