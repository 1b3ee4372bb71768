/** The store contract over `IndexedDbStore`, in a page of a real headless Chromium. */

import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chromiumProgram, type SiteBrowser } from '../support/chromium.ts'
import { sampleFacts } from './fact-samples.ts'
import type { StorePage } from './page.ts'
import { startScriptBrowser } from './script-page.ts'
import { storeContract } from './store-contract.ts'

declare global {
  // The globals of the page, as functions that run in it see them.
  var storePage: StorePage
  var saveClaimed: () => void
}

describe.skipIf(chromiumProgram === undefined)('IndexedDB store in Chromium', () => {
  let chromium: SiteBrowser
  let page: Page

  beforeAll(async () => {
    chromium = await startScriptBrowser('page.ts')
    page = await chromium.newPage()
  })

  afterAll(async () => {
    await chromium?.stop()
  })

  for (const [subject, cases] of Object.entries(storeContract)) {
    describe(subject, () => {
      for (const { name } of cases) {
        it(name, async () => {
          await page.evaluate((at) => storePage.runCase(at.subject, at.name), { subject, name })
        })
      }
    })
  }

  it('has everything again after the page is loaded anew', async () => {
    const other = await chromium.newPage()
    await other.evaluate(() => storePage.save())
    await other.reload()
    expect(await other.evaluate(() => storePage.countRight())).toBe(sampleFacts.length)
    await other.close()
    expect(await page.evaluate(() => storePage.countRight())).toBe(sampleFacts.length)
    await page.evaluate(() => indexedDB.deleteDatabase('forkstate'))
  })

  it('one page waits for what another is fetching', async () => {
    const other = await chromium.newPage()
    await other.evaluate(() => storePage.claim())
    const waiting = page.evaluate(() => storePage.wait())
    await other.evaluate(() => saveClaimed())
    expect(await waiting).toBe(sampleFacts.length)
    await other.close()
  })

  it('goes on without more room, and uses it when there is', async () => {
    // Apart, since a browser that has looked at the quota does not look again for long.
    const other = await chromium.newPageApart()
    const session = await other.context().newCDPSession(other)
    const { origin } = chromium
    await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 3_000_000 })
    const { events, wrong } = await other.evaluate(() => storePage.fill())
    expect([events, wrong]).toEqual([['store-degraded'], 0])
    await session.send('Storage.overrideQuotaForOrigin', { origin })
    expect(await other.evaluate(() => storePage.fillAgain())).toContain('store-recovered')
    await other.close()
  })
})
