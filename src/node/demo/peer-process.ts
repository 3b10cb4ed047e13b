import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { PeermergeError } from '../../errors.ts'
import type { NodeEvent } from '../node-event.ts'

/** Lines of `peermerge run --json`: the first says where the node listens, the others are its events. */
export type PeerLine =
  NodeEvent | { readonly type: 'started'; readonly peer: string; readonly addresses: readonly string[] }

export interface PeerProcessInit {
  readonly name: string
  /** `argv[1]` of this process: the same program runs the peers. */
  readonly program: string
  readonly args: readonly string[]
  readonly onLine: (line: PeerLine) => void
}

/** A real node process, watched through its standard output. */
export class PeerProcess {
  readonly name: string
  readonly #child: ChildProcess
  readonly #ended: Promise<number | null>
  #stderr = ''

  constructor(init: PeerProcessInit) {
    this.name = init.name
    const command = [...process.execArgv, init.program, ...init.args]
    this.#child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child.stderr?.on(
      'data',
      (chunk: Buffer) => (this.#stderr = (this.#stderr + chunk.toString()).slice(-4000)),
    )
    createInterface({ input: this.#child.stdout! }).on('line', (line) => {
      const parsed = parseLine(line)
      if (parsed !== undefined) init.onLine(parsed)
    })
    this.#ended = new Promise((resolve) => {
      this.#child.once('error', () => resolve(null)).once('close', (code) => resolve(code))
    })
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Rejects when the process ends by itself; never resolves. */
  async failure(): Promise<never> {
    const code = await this.#ended
    const said = this.#stderr.trim()
    throw new PeermergeError(
      'ERR_PEER_ENDED',
      `${this.name}: the node process ended with code ${String(code)}${said && `: ${said}`}`,
    )
  }

  /** Asks the node to stop and waits; kills it after `graceMs`. */
  async stop(graceMs = 10_000): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    this.#child.kill('SIGTERM')
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), graceMs)
    await this.#ended
    clearTimeout(timer)
  }
}

function parseLine(line: string): PeerLine | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && 'type' in value ? (value as PeerLine) : undefined
  } catch {
    return undefined
  }
}
