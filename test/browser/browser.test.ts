/**
 * The page of `examples/browser`, bundled by Vite, in a real headless Chromium: it forks a real
 * anvil of another origin, and what it read is there again after a reload.
 */

import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { chromiumProgram, type SiteBrowser, startChromium } from '../support/chromium.ts'
import { type RpcNode, startAnvil } from '../support/nodes.ts'
import { type RpcProxy, startProxy } from '../support/proxy.ts'
import { freshAddress, word } from '../support/sample-keys.ts'
import { buildSite } from './built-site.ts'

/** With these above it a block is final to anvil. */
const BLOCKS = 70
const LAST_LINE = /HTTP requests: (\d+), from the store: (\d+)/

const contract = freshAddress()
/** What the page prints before its counts. */
const SEEN = [
  'balance 10000000000000000000000, code of 3 bytes',
  'slots 11, 12',
  'in a checkpoint: balance 1, slot 2',
  'reverted: balance 10000000000000000000000, slot 11',
]

test('README.md shows what the page does', () => {
  const read = (path: string): string =>
    readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
  const [, block = ''] = /^```ts page\n([\s\S]*?)^```$/m.exec(read('README.md')) ?? []
  const shown = block.split('\n').filter((line) => line !== '')
  expect(shown.length).toBeGreaterThan(5)
  const page = read('examples/browser/main.ts')
  const names = /'\.\.\/\.\.\/src\/[\w/]*\.ts' \/\/ (?:in your project: )?('[\w/]+')/g
  const lines = page.replaceAll(names, '$1').split('\n')
  expect(shown.filter((line) => !lines.includes(line))).toEqual([])
})

describe.skipIf(chromiumProgram === undefined)('a page bundled by Vite, in Chromium', () => {
  let node: RpcNode
  let proxy: RpcProxy
  let chromium: SiteBrowser
  let path: string

  beforeAll(async () => {
    const site = buildSite('examples/browser')
    node = await startAnvil()
    await node.batch([
      { method: 'anvil_setCode', params: [contract, '0x600160'] },
      { method: 'anvil_setStorageAt', params: [contract, word(0), word(11)] },
      { method: 'anvil_setStorageAt', params: [contract, word(1), word(12)] },
      { method: 'anvil_mine', params: [`0x${BLOCKS.toString(16)}`] },
    ])
    proxy = await startProxy(node.url)
    path = `/?node=${proxy.url}&contract=${contract}`
    chromium = await startChromium(await site)
  })
  afterAll(async () => {
    await chromium?.stop()
    await proxy?.stop()
    await node?.stop()
  })
  beforeEach(() => {
    proxy.reset()
    proxy.setFaults()
  })

  /** The lines that the page has printed when it is done, without its counts. */
  async function readPage(page: Page) {
    await page.waitForFunction(() => /HTTP requests/.test(String(document.body.textContent)))
    const text = (await page.textContent('#out')) ?? ''
    const [, httpRequests, storeHits] = LAST_LINE.exec(text) ?? []
    return {
      lines: text.trim().split('\n').slice(0, -1),
      httpRequests: Number(httpRequests),
      storeHits: Number(storeHits),
    }
  }

  test('reads, writes and reverts; loaded again it asks for the block alone', async () => {
    const page = await chromium.newPageApart(path)
    expect(await readPage(page)).toEqual({ lines: SEEN, httpRequests: 3, storeHits: 0 })
    expect(proxy.stats.httpRequests).toBe(3)
    expect(proxy.stats.preflights).toBeGreaterThan(0)
    expect(proxy.stats.byMethod.get('eth_getProof')).toBe(2)
    expect(proxy.stats.byMethod.get('eth_getCode')).toBe(1)

    proxy.reset()
    await page.reload()
    const again = await readPage(page)
    expect(again).toMatchObject({ lines: SEEN, httpRequests: 1 })
    expect(again.storeHits).toBeGreaterThan(0)
    expect(proxy.stats.httpRequests).toBe(1)
    const methods = new Set(proxy.stats.byMethod.keys())
    expect(methods).toEqual(new Set(['eth_getBlockByNumber', 'eth_chainId']))
  })

  test('a node that refuses other origins is a typed error', async () => {
    const headers = { 'access-control-allow-origin': 'http://other.example' }
    proxy.setFaults({ onRequest: () => ({ headers }) })
    const page = await chromium.newPageApart()
    const failed = page.waitForEvent('pageerror')
    await page.goto(`${chromium.origin}${path}`)
    expect((await failed).message).toMatch(/block to fork could not be resolved/)
    expect(proxy.stats.preflights).toBeGreaterThan(0)
  })
})
