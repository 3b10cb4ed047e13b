import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { ShownConsortium } from '../helpers/node/shown-consortium.ts'
import { launchChromium, openPage, SKIP } from './open-page.ts'

const MEMBERS = 200
const ENTRIES = 10_000
const ROUNDS = 12
/** Of the page's own thread, so that it holds on a busy machine; a quiet one of two cores takes a third of each. */
const MOST_OPENING_MS = 1_500
const MOST_UPDATE_MS = 150

let browser: Browser
before(async () => {
  if (SKIP === false) browser = await launchChromium()
})
after(() => (SKIP === false ? browser.close() : undefined))

/** Processor time of the page's main thread, in milliseconds. */
async function threadClock(page: Page): Promise<() => Promise<number>> {
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  return async () => {
    const { metrics } = await session.send('Performance.getMetrics')
    return 1000 * metrics.find(({ name }) => name === 'TaskDuration')!.value
  }
}

test(
  '200 members and 10,000 events: painted at once, and fluent while it changes',
  { skip: SKIP, timeout: 180_000 },
  async (t) => {
    const source = new ShownConsortium({ members: MEMBERS, entries: ENTRIES, classes: 40 })
    await using opened = await openPage(browser, source, { clock: 'real' })
    const { page } = opened
    const clock = await threadClock(page)
    await page.reload()
    await page.waitForSelector('#timeline >> text=10,000 events')
    const opening = await clock()
    assert.ok((await page.locator('#timeline li').count()) < 60, 'only what is in sight is drawn')
    await page.evaluate(watchTasks)
    for (let round = 0; round < ROUNDS; round++) {
      for (let i = 0; i < 25; i++) source.tell('contribution', `more of it, ${round} ${i}`)
      const members = source.shown.members.map((one, i) => ({ ...one, rttMs: one.rttMs && one.rttMs + ((i + round) % 9) })) // prettier-ignore
      source.change({ members })
      await page.locator('#timeline .virtual').evaluate((list, top) => (list.scrollTop = top), round * 9_000)
      const told = (ENTRIES + 25 * (round + 1)).toLocaleString('en')
      await page.waitForSelector(`#timeline >> text=${told} events`)
    }
    const update = ((await clock()) - opening) / ROUNDS
    const { firstPaint, longest, frames } = await page.evaluate(readTasks)
    t.diagnostic(`first paint after ${firstPaint.toFixed(0)} ms; the page's thread: ${opening.toFixed(0)} ms to open, ${update.toFixed(0)} ms an update`) // prettier-ignore
    t.diagnostic(`by the clock on the wall: longest task ${longest.toFixed(0)} ms, ${frames} frames`)
    assert.ok(opening < MOST_OPENING_MS, `${opening} ms to open`)
    assert.ok(update < MOST_UPDATE_MS, `${update} ms an update`)
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

function readTasks(): { firstPaint: number; longest: number; frames: number } {
  const firstPaint = performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Infinity
  return { firstPaint, ...(globalThis as Watching).watched }
}
