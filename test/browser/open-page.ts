// A page of a real Chromium on a dashboard of the real server.
import { existsSync } from 'node:fs'
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'
import { addressOf, openDashboardPort } from '../../src/node/dashboard/dashboard-port.ts'
import type { FeedSource } from '../../src/node/dashboard/live-feed.ts'
import { SHOWN_AT } from '../helpers/node/shown-consortium.ts'
import { silentLogger } from '../../src/node/logger.ts'

const PLACES = [
  process.env.PEERMERGE_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** Path of an installed Chromium; undefined where there is none. */
export const CHROMIUM = PLACES.find((place) => place !== undefined && existsSync(place))

/** False, or why tests of the page are left out. */
export const SKIP = CHROMIUM === undefined && 'no Chromium is installed; name one in PEERMERGE_CHROMIUM'

export function launchChromium(): Promise<Browser> {
  const args = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--force-prefers-reduced-motion',
  ]
  return chromium.launch({ executablePath: CHROMIUM!, args })
}

export interface OpenedPage extends AsyncDisposable {
  readonly page: Page
  readonly url: string
  readonly token: string
  /** Ends the server, as a node that stops does. */
  stopNode(): Promise<void>
  /** What the page has said on its console as an error, requests that failed included. */
  readonly errors: readonly string[]
}

/** Opens the page as `peermerge dashboard` prints it. @param path - instead, behind the address @param clock - without it that of the made-up consortium */
export async function openPage(
  browser: Browser,
  source: FeedSource,
  options: BrowserContextOptions & { readonly path?: string; readonly clock?: 'real' } = {},
): Promise<OpenedPage> {
  const port = await openDashboardPort({ source, logger: silentLogger() })
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    timezoneId: 'UTC',
    ...options,
  })
  await context.addInitScript('globalThis.__name ??= (named) => named') // tsx asks for it in functions that are sent to the page
  const page = await context.newPage()
  if (options.clock !== 'real') await page.clock.setFixedTime(SHOWN_AT)
  const errors: string[] = []
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
  page.on('pageerror', (error) => errors.push(error.message))
  const { path } = options
  await page.goto(path === undefined ? addressOf(port) : `${port.url}${path}`)
  const close = async (): Promise<void> => {
    await context.close()
    await port.close()
  }
  const stopNode = (): Promise<void> => port.close()
  return { page, errors, url: port.url, token: port.token, stopNode, [Symbol.asyncDispose]: close }
}
