import { MultiBar, Presets, SingleBar } from 'cli-progress'
import pc from 'picocolors'
import { describeEvent } from '../describe-event.ts'
import type { NodeEvent } from '../node-event.ts'

/** Shows how far every site is: bars that redraw on a terminal, otherwise one line for each thing that happens. */
export interface SwarmView {
  step(text: string): void
  /** Of a long step without sites: share done, 0 to 1. */
  progress(share: number): void
  event(peer: string, event: NodeEvent): void
  close(): void
}

export function createSwarmView(
  peers: readonly string[],
  expected: number,
  stream: NodeJS.WriteStream,
): SwarmView {
  return stream.isTTY ? new BarView(peers, expected, stream) : new LineView(stream)
}

class BarView implements SwarmView {
  readonly #stream: NodeJS.WriteStream
  readonly #multi: MultiBar
  readonly #bars = new Map<string, SingleBar>()
  readonly #peers: readonly string[]
  readonly #expected: number
  #single: SingleBar | undefined

  constructor(peers: readonly string[], expected: number, stream: NodeJS.WriteStream) {
    this.#peers = peers
    this.#expected = expected
    this.#stream = stream
    const format = `  {name} ${pc.cyan('{bar}')} {value}/{total} merged  ${pc.dim('{doing}')}`
    this.#multi = new MultiBar(
      { stream, format, hideCursor: true, clearOnComplete: false, barsize: 24 },
      Presets.shades_classic,
    )
  }

  step(text: string): void {
    this.#single?.stop()
    this.#single = undefined
    this.#stream.write(`${pc.bold(text)}\n`)
  }

  progress(share: number): void {
    if (this.#single === undefined) {
      const format = `  ${pc.cyan('{bar}')} {percentage} %, {eta_formatted} left`
      this.#single = new SingleBar(
        { stream: this.#stream, format, hideCursor: true, barsize: 24 },
        Presets.shades_classic,
      )
      this.#single.start(1, 0)
    }
    this.#single.update(share)
  }

  event(peer: string, event: NodeEvent): void {
    const bar = this.#bar(peer)
    if (event.type === 'merged') bar.update(event.known)
    const doing = event.type === 'merged' ? undefined : describeEvent(event)
    if (doing !== undefined) bar.update({ doing })
  }

  close(): void {
    this.#multi.stop()
    this.#single?.stop()
    this.#single = undefined
  }

  #bar(peer: string): SingleBar {
    if (this.#bars.size === 0) {
      const width = Math.max(...this.#peers.map((name) => name.length))
      for (const name of this.#peers)
        this.#bars.set(
          name,
          this.#multi.create(this.#expected, 0, { name: name.padEnd(width), doing: 'starting' }),
        )
    }
    return this.#bars.get(peer)!
  }
}

class LineView implements SwarmView {
  readonly #stream: NodeJS.WriteStream
  #quarters = 0

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream
  }

  step(text: string): void {
    this.#quarters = 0
    this.#stream.write(`${text}\n`)
  }

  progress(share: number): void {
    const quarters = Math.floor(share * 4)
    if (quarters <= this.#quarters) return
    this.#quarters = quarters
    this.#stream.write(`  ${quarters * 25} %\n`)
  }

  event(peer: string, event: NodeEvent): void {
    if (event.type === 'progress') return
    const text = describeEvent(event)
    if (text !== undefined) this.#stream.write(`  ${peer}: ${text}\n`)
  }

  close(): void {
    // lines need no closing
  }
}
