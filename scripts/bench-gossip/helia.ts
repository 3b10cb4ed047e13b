import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { Timed } from './measure.ts'
import type { Opponent } from './spread.ts'

export interface HeliaInit {
  /** Where helia is installed. */
  readonly folder: string
  /** Path of the Node that runs it. */
  readonly node: string
  readonly nodes: number
  readonly payloadBytes: number
}

const SWARM = new URL('helia-swarm.mjs', import.meta.url)

/** Nodes of Helia in one process, all connected to all; each node reads the files of the others by bitswap, one after another. */
export class HeliaSwarm implements Opponent {
  readonly name = 'bitswap'
  readonly #child: ChildProcess
  #rounds = 0

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  /** @throws Error - the process ended before its nodes were connected */
  static async start({ folder, node, nodes, payloadBytes }: HeliaInit): Promise<HeliaSwarm> {
    const child = spawn(node, ['--expose-gc', '--input-type=module', '-'], {
      cwd: folder, // imports of what comes on stdin are resolved from here
      stdio: ['pipe', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, NODES: String(nodes), PAYLOAD_BYTES: String(payloadBytes) },
    })
    child.stdin?.end(readFileSync(SWARM))
    const swarm = new HeliaSwarm(child)
    await swarm.#answer()
    return swarm
  }

  /** Files of the same sizes; @throws Error - some could not be read, or the process has ended */
  async transferAll(): Promise<Timed> {
    this.#child.send(`round ${this.#rounds++}`)
    const answer = await this.#answer()
    if (typeof answer !== 'object' || answer === null || 'error' in answer) {
      throw new Error(`bitswap: ${JSON.stringify(answer)}`)
    }
    return answer as Timed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return
    const ended = once(this.#child, 'exit')
    this.#child.kill()
    await ended
  }

  async #answer(): Promise<unknown> {
    const heard = new AbortController()
    const options = { signal: heard.signal }
    const ended = once(this.#child, 'exit', options).then(() => {
      throw new Error('bitswap: its process has ended; is Helia installed there, and the Node new enough?')
    })
    try {
      const [message] = (await Promise.race([once(this.#child, 'message', options), ended])) as [unknown]
      return message
    } finally {
      ended.catch(() => undefined) // it is no news any more
      heard.abort()
    }
  }
}
