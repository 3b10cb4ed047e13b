import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { ShownConsortium } from '../helpers/node/shown-consortium.ts'
import { launchChromium, openPage, SKIP } from './open-page.ts'

const MEMBERS = 200
const ENTRIES = 10_000
/** A quiet machine has the first paint in a tenth of it, and no task over 50 ms once the page stands; a busy one of two cores takes its time. */
const PATIENCE = Number(process.env.PEERMERGE_BROWSER_PATIENCE ?? '10')

let browser: Browser
before(async () => {
  if (SKIP === false) browser = await launchChromium()
})
after(() => (SKIP === false ? browser.close() : undefined))

/** Milliseconds from the start of the navigation. */
interface Timing {
  readonly firstPaint: number
  /** Longest time that the page was busy at once, after it stood. */
  readonly longest: number
  readonly frames: number
}

test(
  '200 members and 10,000 events: painted at once, and fluent while it changes',
  { skip: SKIP, timeout: 180_000 },
  async (t) => {
    const source = new ShownConsortium({ members: MEMBERS, entries: ENTRIES, classes: 40 })
    await using opened = await openPage(browser, source)
    const { page } = opened
    await page.waitForSelector('#timeline >> text=10,000 events')
    assert.ok((await page.locator('#timeline li').count()) < 60, 'only what is in sight is drawn')
    await page.evaluate(watchTasks)
    for (let round = 0; round < 6; round++) {
      for (let i = 0; i < 25; i++) source.tell('contribution', `more of it, ${round} ${i}`)
      const members = source.shown.members.map((one, i) => ({ ...one, rttMs: one.rttMs && one.rttMs + ((i + round) % 9) })) // prettier-ignore
      source.change({ members })
      await page.locator('#timeline .virtual').evaluate((list, top) => (list.scrollTop = top), round * 9_000)
      await page.waitForFunction((said) => document.querySelector('#timeline')!.textContent!.includes(said), `${(10_025 + 25 * round).toLocaleString('en')} events`) // prettier-ignore
    }
    const timing = await page.evaluate(readTasks)
    t.diagnostic(
      `first paint ${timing.firstPaint.toFixed(0)} ms, longest task ${timing.longest.toFixed(0)} ms, ${timing.frames} frames`,
    )
    assert.ok(timing.firstPaint < (1_000 * PATIENCE) / 2, `first paint after ${timing.firstPaint} ms`)
    assert.ok(timing.longest < 50 * PATIENCE, `a task of ${timing.longest} ms`)
    assert.deepEqual(opened.errors, [])
  },
)

type Watching = typeof globalThis & { watched: { longest: number; frames: number } }

function watchTasks(): void {
  const watched = ((globalThis as Watching).watched = { longest: 0, frames: 0 })
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) watched.longest = Math.max(watched.longest, duration)
  }).observe({ type: 'longtask', buffered: false })
  const count = (): void => {
    watched.frames++
    requestAnimationFrame(count)
  }
  requestAnimationFrame(count)
}

function readTasks(): Timing {
  const firstPaint = performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Infinity
  return { firstPaint, ...(globalThis as Watching).watched }
}
