import type { ServerResponse } from 'node:http'
import { RequestError } from '../serve/serve-error.ts'
import { frameOf } from './event-frame.ts'
import type { DashboardState, TimelineEntry, UsageSample } from './wire.ts'

/** What pages are told of. */
export interface FeedSource {
  /** Of this process of the node. */
  readonly run: string
  state(): Promise<DashboardState>
  /** Whatever may have changed the state; returns the function that unsubscribes. */
  onChange(listener: () => void): () => void
  /** A state could not be made; the next is tried. */
  onError(error: unknown): void
  readonly timeline: {
    entries(after?: number): readonly TimelineEntry[]
    subscribe(listener: (entry: TimelineEntry) => void): () => void
  }
  readonly usage: {
    samples(): readonly UsageSample[]
    subscribe(listener: (sample: UsageSample) => void): () => void
  }
}

export interface FeedLimits {
  /** @default 16 */
  readonly pages?: number
  /** Between two frames of new entries. @default 500 */
  readonly tickMs?: number
  /** Milliseconds of a clock that never goes back. @default performance.now */
  readonly now?: () => number
}

const MAX_PAGES = 16
const TICK_MS = 500
/** Between two states while things change, and while nothing does: ages and round trips change all the time. */
const BUSY_MS = 1_000
const QUIET_MS = 10_000
/** Making a state may take one part in so many of the time. */
const SHARE = 20
/** Waiting for a slow reader; beyond it the reader is cut off, and asks again. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024

/** Tells all open pages the same: new entries and samples twice a second, the state when it may have changed. While nobody looks nothing is computed. */
export class LiveFeed {
  readonly #source: FeedSource
  readonly #limits: Required<FeedLimits>
  readonly #pages = new Set<ServerResponse>()
  readonly #unsubscribe: (() => void)[]
  #entries: TimelineEntry[] = []
  #samples: UsageSample[] = []
  #isDirty = false
  #isMaking = false
  #notBefore = 0
  #latest = 0
  #timer: NodeJS.Timeout | undefined

  constructor(source: FeedSource, limits: FeedLimits = {}) {
    this.#source = source
    this.#limits = { pages: MAX_PAGES, tickMs: TICK_MS, now: () => performance.now(), ...limits }
    this.#unsubscribe = [
      source.onChange(() => (this.#isDirty = true)),
      source.timeline.subscribe((entry) => this.#pages.size > 0 && this.#entries.push(entry)),
      source.usage.subscribe((sample) => this.#pages.size > 0 && this.#samples.push(sample)),
    ]
  }

  state(): Promise<DashboardState> {
    return this.#source.state()
  }

  /**
   * Streams events to a page until it or the node goes.
   *
   * @param last - the newest entry that the page has @throws RequestError ERR_BUSY - more pages are open than there is room for
   */
  async follow(
    response: ServerResponse,
    last: { readonly run: string; readonly n: number } | undefined,
  ): Promise<void> {
    const { pages } = this.#limits
    if (this.#pages.size >= pages) throw new RequestError(503, 'ERR_BUSY', `${pages} pages are open; close one`) // prettier-ignore
    this.#flush() // what the new page is about to be told with all the rest
    this.#pages.add(response)
    response.on('close', () => this.#left(response))
    const { run, timeline, usage } = this.#source
    const state = await this.#source.state()
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(frameOf('state', state))
    const known = last?.run === run ? last.n : -Infinity
    const newest = this.#entries.at(0)?.n ?? Infinity // told with the next flush
    const entries = timeline.entries(known).filter(({ n }) => n < newest)
    response.write(frameOf('timeline', entries, this.#idOf(entries)))
    response.write(frameOf('usage', usage.samples().slice(0, usage.samples().length - this.#samples.length)))
    if (this.#timer === undefined) this.#latest = this.#limits.now() + QUIET_MS
    this.#timer ??= setInterval(() => void this.#tick(), this.#limits.tickMs).unref()
  }

  /** Tells all pages that the node has stopped. */
  close(): void {
    for (const stop of this.#unsubscribe) stop()
    clearInterval(this.#timer)
    this.#flush()
    for (const page of this.#pages) page.end(frameOf('stopped', {}))
    this.#pages.clear()
  }

  #left(page: ServerResponse): void {
    this.#pages.delete(page)
    if (this.#pages.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#entries = []
    this.#samples = []
  }

  async #tick(): Promise<void> {
    this.#flush()
    const now = this.#limits.now()
    const isDue = this.#isDirty ? now >= this.#notBefore : now >= this.#latest
    if (!isDue || this.#isMaking) return
    this.#isDirty = false
    this.#isMaking = true
    try {
      const frame = frameOf('state', await this.#source.state())
      const tookMs = this.#limits.now() - now
      this.#notBefore = now + Math.max(BUSY_MS, SHARE * tookMs)
      this.#latest = now + Math.max(QUIET_MS, SHARE * tookMs)
      for (const page of this.#pages) this.#write(page, frame)
    } catch (error) {
      this.#notBefore = this.#latest = now + QUIET_MS
      this.#source.onError(error)
    } finally {
      this.#isMaking = false
    }
  }

  #flush(): void {
    const entries = this.#entries
    const samples = this.#samples
    this.#entries = []
    this.#samples = []
    const frames = [
      ...(entries.length > 0 ? [frameOf('timeline', entries, this.#idOf(entries))] : []),
      ...(samples.length > 0 ? [frameOf('usage', samples)] : []),
    ]
    for (const frame of frames) for (const page of this.#pages) this.#write(page, frame)
  }

  #write(page: ServerResponse, frame: string): void {
    if (!page.headersSent) return
    if (page.writableLength > MAX_WAITING_BYTES) page.destroy()
    else page.write(frame)
  }

  #idOf(entries: readonly TimelineEntry[]): string | undefined {
    const last = entries.at(-1)
    return last && `${this.#source.run}.${last.n}`
  }
}
