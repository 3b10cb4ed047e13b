import { MultiBar, Presets, type SingleBar } from 'cli-progress'
import pc from 'picocolors'
import type { NodeEvent } from '../types.ts'

/** Shows how far every site is: bars that redraw on a terminal, otherwise one line for each thing that happens. */
export interface SwarmView {
  step(text: string): void
  event(peer: string, event: NodeEvent): void
  close(): void
}

export function createSwarmView(peers: readonly string[], expected: number, stream: NodeJS.WriteStream): SwarmView {
  return stream.isTTY ? new BarView(peers, expected, stream) : new LineView(stream)
}

class BarView implements SwarmView {
  readonly #stream: NodeJS.WriteStream
  readonly #multi: MultiBar
  readonly #bars = new Map<string, SingleBar>()
  readonly #peers: readonly string[]
  readonly #expected: number

  constructor(peers: readonly string[], expected: number, stream: NodeJS.WriteStream) {
    this.#peers = peers
    this.#expected = expected
    this.#stream = stream
    const format = `  {name} ${pc.cyan('{bar}')} {value}/{total} merged  ${pc.dim('{doing}')}`
    this.#multi = new MultiBar({ stream, format, hideCursor: true, clearOnComplete: false, barsize: 24 }, Presets.shades_classic)
  }

  step(text: string): void {
    this.#stream.write(`${pc.bold(text)}\n`)
  }

  event(peer: string, event: NodeEvent): void {
    const bar = this.#bar(peer)
    if (event.type === 'merged') bar.update(event.cut.length)
    else bar.update({ doing: describe(event) ?? this.#doing.get(peer) ?? '' })
    this.#doing.set(peer, describe(event) ?? this.#doing.get(peer) ?? '')
  }

  close(): void {
    this.#multi.stop()
  }

  readonly #doing = new Map<string, string>()

  #bar(peer: string): SingleBar {
    if (this.#bars.size === 0) {
      const width = Math.max(...this.#peers.map((name) => name.length))
      for (const name of this.#peers)
        this.#bars.set(name, this.#multi.create(this.#expected, 0, { name: name.padEnd(width), doing: 'starting' }))
    }
    return this.#bars.get(peer)!
  }
}

class LineView implements SwarmView {
  readonly #stream: NodeJS.WriteStream

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream
  }

  step(text: string): void {
    this.#stream.write(`${text}\n`)
  }

  event(peer: string, event: NodeEvent): void {
    if (event.type === 'progress') return
    const text = event.type === 'merged' ? `merged ${event.cut.length} → ${event.digest.slice(0, 12)}` : describe(event)
    if (text !== undefined) this.#stream.write(`  ${peer}: ${text}\n`)
  }

  close(): void {
    // lines need no closing
  }
}

/** One short phrase for an event; undefined where nothing is worth saying. */
function describe(event: NodeEvent): string | undefined {
  switch (event.type) {
    case 'progress': {
      const { phase, done, total, samplesPerSecond } = event.progress
      return `${phase} ${done}/${total}, ${samplesPerSecond.toFixed(0)} images/s`
    }
    case 'activity':
      return event.activity.text
    case 'published':
      return `published ${event.kind} ${event.sequence} (${event.count} images, ${(event.bytes / 1000).toFixed(0)} kB)`
    case 'rejected':
      return `rejected ${event.name}'s ${event.kind} ${event.sequence}: ${event.reason}`
    case 'skipped':
      return `skipped ${event.file}: ${event.reason}`
    case 'problem':
      return `${event.code}: ${event.message}`
    case 'done':
      return 'done'
    case 'admitted':
    case 'merged':
    case 'peer':
    case 'stopped':
      return undefined
  }
}
