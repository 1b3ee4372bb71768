import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { InvalidInputError } from '../../diagnostics/errors.ts'
import type { Hex } from '../../encoding/hex.ts'
import type { RpcErrorFields } from '../errors.ts'
import { RpcError } from '../errors.ts'
import type { BlockHeader, BlockRef, RpcClient } from '../rpc-client.ts'
import { record } from './record.ts'
import { NotRecordedError, replay } from './replay.ts'

const hash = (byte: string): Hex => `0x${byte.repeat(32)}`
const A: Hex = `0x${'aa'.repeat(20)}`
const B: Hex = `0x${'0b'.repeat(20)}`
const slotOf = (index: number): Hex => `0x${index.toString(16).padStart(64, '0')}`
const BLOCK: BlockRef = { blockHash: hash('bb') }
const headerOf = (number: bigint, byte = 'bb'): BlockHeader => ({
  number,
  hash: hash(byte),
  stateRoot: hash('cc'),
  parentHash: hash('dd'),
  timestamp: 1_700_000_000n,
})

/** A client with made-up answers that counts its calls. */
function liveClient(overrides: Partial<RpcClient> = {}) {
  const asked: string[] = []
  const client: RpcClient = {
    async getProof(address, slots) {
      asked.push('getProof')
      return {
        address,
        balance: 2n ** 200n,
        nonce: 3n,
        codeHash: hash('c0'),
        storageHash: hash('50'),
        accountProof: ['0xf901', '0xf8'],
        storageProof: slots.map((key) => ({ key, value: BigInt(key) * 10n, proof: ['0xe2'] })),
      }
    },
    async getCode() {
      asked.push('getCode')
      return '0x6001'
    },
    async getBlock(block) {
      asked.push('getBlock')
      return headerOf(typeof block === 'bigint' ? block : 7n)
    },
    async getChainId() {
      asked.push('getChainId')
      return 31_337n
    },
    ...overrides,
  }
  return { client, asked }
}

const refuse = (fields: Partial<RpcErrorFields>) => () =>
  Promise.reject(new RpcError('refused', { method: 'm', endpoint: 'http://n.example', ...fields }))

const folders: string[] = []
afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true })
})
function folder(): string {
  const made = mkdtempSync(path.join(tmpdir(), 'forkstate-record-'))
  folders.push(made)
  return made
}

describe('record and replay', () => {
  it('gives back every answer', async () => {
    const state = { balance: 1n, nonce: 2n, code: '0x60' } as const
    const touched = [{ address: B, storageKeys: [slotOf(1)] }]
    const { client } = liveClient({
      getAccountState: async ({ slots }) => ({
        address: B,
        account: state,
        values: slots.map((slot) => BigInt(slot)),
      }),
      createAccessList: async () => touched,
      traceCallPrestate: async () => touched,
    })
    const recording = record(client)
    const read = async (from: RpcClient) => [
      await from.getProof(A, [slotOf(1), slotOf(2)], BLOCK),
      await from.getProof(B, [], { blockNumber: 9n }),
      await from.getCode(A, BLOCK),
      await from.getBlock(7n),
      await from.getBlock('latest'),
      await from.getBlock(hash('bb')),
      await from.getChainId(),
      await from.getAccountState?.({ address: B, slots: [slotOf(5)] }, BLOCK),
      await from.createAccessList?.({ to: A, value: 5n }, BLOCK),
      await from.traceCallPrestate?.({ to: A }, BLOCK),
    ]
    const live = await read(recording)
    expect(await read(replay({ text: recording.text() }))).toEqual(live)
  })

  it('is the same text in whatever order things were asked', async () => {
    const [one, other] = [record(liveClient().client), record(liveClient().client)]
    await one.getProof(A, [slotOf(1), slotOf(2)], BLOCK)
    await one.getCode(A, BLOCK)
    await other.getCode(A, { blockHash: hash('BB') as Hex, requireCanonical: true })
    await other.getProof(A, [slotOf(2)], BLOCK)
    await other.getProof(A, [slotOf(1)], BLOCK)
    await Promise.all([one.save(), other.save()])
    expect(one.text()).toBe(other.text())
    expect(one.text().split('\n')).toEqual([
      '{"forkstate":"recording","version":1,"chainId":"0x7a69"}',
      expect.stringMatching(
        /^\{"request":\["account","0xbb.*"balance":"0x1000.*"proof":\["0xf901"/,
      ),
      expect.stringMatching(/^\{"request":\["code",.*"answer":"0x6001"\}$/),
      expect.stringMatching(/^\{"request":\["slot",.*"value":"0xa"/),
      expect.stringMatching(/^\{"request":\["slot",.*"value":"0x14"/),
      '',
    ])
  })

  it('answers for any set of the slots recorded, and of accounts without proofs', async () => {
    const recording = record(liveClient().client)
    await recording.getProof(A, [slotOf(1), slotOf(2)], BLOCK)
    const again = replay({ text: recording.text() })
    const proof = await again.getProof(A, [slotOf(2)], BLOCK)
    expect(proof.storageProof.map(({ value }) => value)).toEqual([20n])
    expect(await again.getAccountState({ address: A, slots: [slotOf(1)] }, BLOCK)).toEqual({
      address: A,
      account: { balance: 2n ** 200n, nonce: 3n, codeHash: hash('c0') },
      values: [10n],
    })
  })

  it('names what was not recorded', async () => {
    const recording = record(liveClient().client)
    await recording.getProof(A, [slotOf(1)], BLOCK)
    const again = replay({ text: recording.text() })
    const error = await again.getProof(A, [slotOf(3)], BLOCK).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(NotRecordedError)
    expect(error).toMatchObject({
      code: 'RPC_NOT_RECORDED',
      request: ['slot', hash('bb'), A, slotOf(3)],
      method: 'eth_getProof',
      address: A,
      slot: slotOf(3),
      block: hash('bb'),
    })
    for (const read of [
      again.getProof(B, [], BLOCK),
      again.getProof(A, [slotOf(1)], { blockHash: hash('ee') }),
      again.getCode(A, BLOCK),
      again.getBlock('safe'),
      again.getChainId(),
      again.getAccountState({ address: B, slots: [] }, BLOCK),
      again.createAccessList({}, BLOCK),
      again.traceCallPrestate({}, BLOCK),
    ]) {
      await expect(read).rejects.toBeInstanceOf(NotRecordedError)
    }
    expect(again.metrics()).toMatchObject({ rpcCalls: 9, errors: 9 })
  })

  it('gives answers that change in the order in which they did', async () => {
    const heads = [1n, 1n, 2n, 3n]
    const { client } = liveClient({ getBlock: async () => headerOf(heads.shift() ?? 3n) })
    const recording = record(client)
    const read = async (from: RpcClient) => {
      const numbers: unknown[] = []
      for (let time = 0; time < 6; time++) numbers.push((await from.getBlock('latest'))?.number)
      return numbers
    }
    expect(await read(recording)).toEqual([1n, 1n, 2n, 3n, 3n, 3n])
    expect(await read(replay({ text: recording.text() }))).toEqual([1n, 1n, 2n, 3n, 3n, 3n])
  })

  it('notes refusals for good, and no failure that may pass', async () => {
    const refused = record(
      liveClient({ getProof: refuse({ kind: 'unsupported-block-ref' }) }).client,
    )
    await refused.getProof(A, [], BLOCK).catch(() => {})
    const again = replay({ text: refused.text() }).getProof(A, [], BLOCK)
    await expect(again).rejects.toMatchObject({ code: 'RPC_FAILED', kind: 'unsupported-block-ref' })
    for (const kind of ['retryable', 'rate-limit'] as const) {
      const failing = record(liveClient({ getProof: refuse({ kind }) }).client)
      await failing.getProof(A, [], BLOCK).catch(() => {})
      const replayed = replay({ text: failing.text() }).getProof(A, [], BLOCK)
      await expect(replayed).rejects.toBeInstanceOf(NotRecordedError)
    }
  })

  it('passes on what the client is, and has only the methods that it has', async () => {
    const { client, asked } = liveClient()
    const recording = record(client)
    expect(recording.getAccountState).toBeUndefined()
    await Promise.all([recording.getBlock(7n), recording.getChainId()])
    await recording.save()
    expect(asked).toEqual(['getBlock', 'getChainId'])
  })

  it('aborts', async () => {
    const again = replay({ text: record(liveClient().client).text() })
    const reading = again.getChainId({ signal: AbortSignal.abort() })
    await expect(reading).rejects.toMatchObject({ code: 'ABORTED' })
    again.close()
    await expect(again.getChainId()).rejects.toMatchObject({ code: 'ABORTED' })
  })
})

describe('files', () => {
  it('are written as a whole by save() and close()', async () => {
    const file = path.join(folder(), 'swap.jsonl')
    const recording = record(liveClient().client, file)
    await recording.getCode(A, BLOCK)
    expect(existsSync(file)).toBe(false)
    await recording.save()
    expect(readFileSync(file, 'utf8')).toBe(recording.text())
    expect(await replay(file).getCode(A, BLOCK)).toBe('0x6001')
    await recording.getCode(B, BLOCK)
    recording.close()
    expect(await replay(pathToFileURL(file)).getCode(B, BLOCK)).toBe('0x6001')
    expect(existsSync(`${file}.partial`)).toBe(false)
  })

  it('may be a function', async () => {
    const texts: string[] = []
    const recording = record(liveClient().client, (text) => texts.push(text))
    await recording.getCode(A, BLOCK)
    await recording.save()
    expect(await replay({ text: texts[0] as string }).getChainId()).toBe(31_337n)
  })

  it.each([
    ['', /line 1.*header/s],
    ['{"forkstate":"other"}', /line 1/],
    ['{"forkstate":"recording","version":2,"chainId":null}', /version 2, not 1/],
    ['{"forkstate":"recording","version":1,"chainId":5}', /chain id/],
    ['{"forkstate":"recording","version":1,"chainId":null}\n{"request":["code"', /line 2.*JSON/],
    ['{"forkstate":"recording","version":1,"chainId":null}\n{"request":"code"}', /line 2/],
    ['{"forkstate":"recording","version":1,"chainId":null}\n\n5', /line 3/],
  ])('that are no recordings are refused: %j', (text, message) => {
    expect(() => replay({ text })).toThrow(InvalidInputError)
    expect(() => replay({ text })).toThrow(message)
  })

  it('that are not there are refused', () => {
    expect(() => replay('/no/such/file.jsonl')).toThrow(/ENOENT/)
  })

  it('changed by hand into nonsense are an error when used', async () => {
    const file = path.join(folder(), 'bad.jsonl')
    const recording = record(liveClient().client, file)
    await recording.getProof(A, [], BLOCK)
    recording.close()
    writeFileSync(file, readFileSync(file, 'utf8').replace('"nonce":"0x3"', '"nonce":"three"'))
    const reading = replay(file).getProof(A, [], BLOCK)
    await expect(reading).rejects.toMatchObject({ code: 'RPC_RESPONSE' })
  })
})
