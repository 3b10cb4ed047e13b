import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { ShownConsortium } from '../helpers/node/shown-consortium.ts'
import { launchChromium, openPage, SKIP } from './open-page.ts'

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
const options = { skip: SKIP, timeout: 120_000 }

let browser: Browser
before(async () => {
  if (SKIP === false) browser = await launchChromium()
})
after(() => (SKIP === false ? browser.close() : undefined))

const text = (page: Page, selector: string): Promise<string> => page.locator(selector).innerText()

test(
  'shows who is there, what is merged and how models do, and takes the token out of the address',
  options,
  async () => {
    await using opened = await openPage(browser, new ShownConsortium())
    const { page, errors, url } = opened
    await page.waitForSelector('#members tbody tr')
    assert.equal(page.url(), `${url}/`)
    assert.equal(await page.title(), 'north clinic · 10/12 agree')
    assert.equal(await page.locator('#members tbody tr').count(), 12)
    assert.match(await text(page, '#members'), /mill\s+relayed/)
    assert.equal(await page.locator('svg.map .node').count(), 12)
    assert.equal(await page.locator('svg.map .link.relayed').count(), 2)
    assert.match((await page.locator('svg.map').getAttribute('aria-label')) ?? '', /8 members are reached directly, 2 through a relay, 1 not/) // prettier-ignore
    const accuracy = await text(page, '#accuracy')
    for (const said of ['own, as trained', 'merged', 'served', 'castings 2026', '85.3 %', '71.3 %']) assert.ok(accuracy.includes(said), said) // prettier-ignore
    assert.match(await text(page, '#confusion'), /crack taken for dent/)
    assert.match(await text(page, '#egress'), /3 contributions of 354 kB; 3\.4 MB sent to 11 members/)
    assert.match(await text(page, '#invitations'), /valley hospital[\s\S]*peermerge accept ZT4K-9QWM-2HXA[\s\S]*M7PB-44RD-K0ZQ used 1 of 3[\s\S]*remove quarry/) // prettier-ignore
    assert.match(await text(page, '#usage'), /memory 214 MB \+ 612 MB[\s\S]*sent [\d.]+ kB\/s[\s\S]*node [\d.]+\s+training [\d.]+[\s\S]*node 21 min, training 3 h/) // prettier-ignore
    assert.match(await text(page, '#help'), /of an earlier merge\s+3 h ago[\s\S]*170 of 203 held-out samples[\s\S]*harbour\s+helps\s+\+5\.4\s+11\s+0\s+192[\s\S]*river lab\s+harms\s+−8\.9\s+1\s+19\s+183[\s\S]*peermerge who-helps/) // prettier-ignore
    assert.match(await text(page, '#outbox'), /1 contribution of 118 kB held for 25 min[\s\S]*adapter 4\s+388\s+118 kB[\s\S]*peermerge outbox release 3f9c2a7b1d0e --by NAME/) // prettier-ignore
    assert.match(await text(page, '#timeline'), /160 events/)
    assert.deepEqual(errors, [])
  },
)

test(
  'before anybody has asked who helps, and where nothing is held, it says so; a report that is made appears',
  options,
  async () => {
    const source = new ShownConsortium()
    const { help, outbox } = source.shown
    source.change({ help: null, outbox: { ...outbox, held: 0, items: [] } })
    await using opened = await openPage(browser, source)
    const { page } = opened
    await page.waitForSelector('#help >> text=Nobody has asked yet')
    assert.match(await text(page, '#help'), /Ask: peermerge who-helps/)
    assert.match(await text(page, '#outbox'), /Nothing is held/)
    assert.equal(await page.locator('#outbox button, #help button').count(), 0, 'the page releases nothing')
    source.change({ help, outbox })
    await page.waitForSelector('#help table')
    await page.waitForSelector('#outbox table')
  },
)

test('asks nothing of any other host', options, async () => {
  const asked: string[] = []
  await using opened = await openPage(browser, new ShownConsortium())
  opened.page.on('request', (request) => asked.push(request.url()))
  await opened.page.reload()
  await opened.page.waitForSelector('#members tbody tr')
  assert.ok(asked.length >= 4)
  assert.deepEqual(asked.filter((one) => !one.startsWith(opened.url)), []) // prettier-ignore
})

test(
  'is live: what the node tells appears without a reload, and a node that stops is said to',
  options,
  async () => {
    const source = new ShownConsortium()
    const opened = await openPage(browser, source)
    const { page } = opened
    await page.waitForSelector('#timeline .event')
    source.tell('merge', 'merged 99 contributions: feedfacefeed')
    await page.waitForSelector('#timeline .event >> text=merged 99 contributions')
    source.change({ agreement: { holding: 12, of: 12, text: 'all 12 members hold this merge' } })
    await page.waitForSelector('.statement.good >> text=all 12 members hold this merge')
    await page.locator('#timeline .virtual').evaluate((list) => (list.scrollTop = 1000))
    const before = await page.locator('#timeline .virtual').evaluate((list) => list.scrollTop)
    source.tell('merge', 'merged 100 contributions: feedfacefeed')
    await page.waitForFunction((top) => document.querySelector('#timeline .virtual')!.scrollTop > top, before)
    await opened.stopNode()
    await page.waitForSelector('.live.stopped')
    await opened[Symbol.asyncDispose]()
  },
)

test('without a token, or with a wrong one, it asks for one and shows nothing', options, async () => {
  const source = new ShownConsortium()
  await using bare = await openPage(browser, source, { path: '/' })
  await bare.page.getByLabel('Token, or the whole address').waitFor()
  assert.equal(await bare.page.locator('#members').count(), 0)
  await bare.page.getByLabel('Token, or the whole address').fill('wrong')
  await bare.page.keyboard.press('Enter')
  await bare.page.getByRole('alert').waitFor()
  await bare.page.getByLabel('Token, or the whole address').fill(`${bare.url}/#token=${bare.token}`)
  await bare.page.keyboard.press('Enter')
  await bare.page.waitForSelector('#members tbody tr')
})

test('every control is reached and used by keyboard alone', options, async () => {
  await using opened = await openPage(browser, new ShownConsortium())
  const { page } = opened
  await page.waitForSelector('#members tbody tr')
  const reached: string[] = []
  for (let i = 0; i < 40; i++) {
    await page.keyboard.press('Tab')
    const name = await page.evaluate(() => {
      const { activeElement: at } = document
      if (at === null || at === document.body) return ''
      const outline = getComputedStyle(at).outlineStyle
      return `${at.getAttribute('aria-label') ?? at.textContent.trim().slice(0, 30)}|${at.matches(':focus-visible') && outline !== 'none'}`
    })
    if (name === '') break
    reached.push(name)
  }
  const names = reached.map((one) => one.split('|')[0]!)
  for (const wanted of ['Skip to content', 'Table of members', '15 min', 'problems', 'Events, newest first', 'Accuracy by task', 'Who has got it', 'Who helps, by site', 'What is held, oldest first']) assert.ok(names.includes(wanted), `${wanted} not in ${names.join(', ')}`) // prettier-ignore
  assert.deepEqual(reached.filter((one) => !one.endsWith('|true')), [], 'what has the focus shows it') // prettier-ignore
  await page.getByRole('button', { name: 'problems' }).focus()
  await page.keyboard.press('Space')
  assert.equal(await page.getByRole('button', { name: 'problems' }).getAttribute('aria-pressed'), 'false')
  await page.getByRole('region', { name: 'Events, newest first' }).focus()
  await page.keyboard.press('PageDown')
  await page.waitForFunction(() => document.querySelector('#timeline .virtual')!.scrollTop > 0)
})

for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [1280, 390]) {
    test(
      `holds what WCAG 2.2 AA asks, in ${colorScheme}, ${width} wide, without a scroll sideways`,
      options,
      async () => {
        const size = { viewport: { width, height: 900 }, colorScheme }
        await using opened = await openPage(browser, new ShownConsortium(), size)
        const { page } = opened
        await page.waitForSelector('#members tbody tr')
        assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), colorScheme)
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth))
        await page.evaluate(await readFile(AXE, 'utf8')) // by the debugger, as the page's policy lets no other script in
        const violations = await page.evaluate(async () => {
          const { axe } = globalThis as unknown as { axe: { run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } } // prettier-ignore
          const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
          const found = await axe.run({ runOnly: tags })
          return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).slice(0, 3).join(' ')}`) // prettier-ignore
        })
        assert.deepEqual(violations, [])
      },
    )
  }
}
