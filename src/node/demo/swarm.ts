import { PeermergeError } from '../../errors.ts'
import { connectControl } from '../control-client.ts'
import { homePaths } from '../home.ts'
import type { MergeSummary } from '../types.ts'
import type { NodeEvent } from '../node-event.ts'
import type { NodeStatus } from '../status/types.ts'
import { PeerProcess, type PeerLine } from './peer-process.ts'

export interface SwarmPeer {
  readonly name: string
  readonly home: string
}

export interface SwarmInit {
  readonly peers: readonly SwarmPeer[]
  readonly program: string
  /** Contributions that every peer must have admitted, and merged what counts of them, before the swarm is stopped. */
  readonly expected: number
  /** Whether each must have scored that merge as well, as models of its own are made of it then. */
  readonly isScored: boolean
  readonly timeoutMs: number
  readonly signal: AbortSignal
  readonly onEvent: (peer: string, event: NodeEvent) => void
}

/** What one peer had said when the swarm was stopped. */
export interface SwarmOutcome {
  readonly name: string
  readonly id: string
  readonly merge: MergeSummary
  /** Own contributions that it published. */
  readonly contributions: number
  readonly bytes: NodeStatus['bytes']
}

/**
 * Starts one node process a peer on loopback TCP, waits until each has merged all contributions, and stops them. Only the first peer's
 * address is told to the others; they find each other by themselves.
 *
 * @throws PeermergeError ERR_PEER_ENDED - a process ended; ERR_TIMEOUT - not complete in time, the message names who lacks what
 */
export async function runSwarm(init: SwarmInit): Promise<SwarmOutcome[]> {
  const watches = init.peers.map((peer) => new PeerWatch(peer.name, init))
  const processes: PeerProcess[] = []
  const launch = (index: number, extra: readonly string[]): void => {
    const peer = init.peers[index]!
    const onLine = (line: PeerLine): void => {
      watches[index]!.note(line)
      if (line.type !== 'started') init.onEvent(peer.name, line)
    }
    // in a demo a contribution that chance makes look worse is a warning: all wait for every one
    const args = ['run', '--home', peer.home, '--force-publish', '--json', ...extra]
    processes.push(new PeerProcess({ name: peer.name, program: init.program, args, onLine }))
  }
  const guard = <T>(wait: Promise<T>): Promise<T> =>
    Promise.race([wait, deadline(init, watches), ...processes.map((one) => one.failure())])
  try {
    launch(0, [])
    const { addresses } = await guard(watches[0]!.started)
    for (let index = 1; index < init.peers.length; index++) launch(index, ['--peer', addresses[0] ?? ''])
    await guard(Promise.all(watches.map((watch) => watch.complete)))
    return await guard(Promise.all(init.peers.map(askOutcome)))
  } finally {
    await Promise.all(processes.map((one) => one.stop()))
  }
}

class PeerWatch {
  readonly name: string
  readonly #init: Pick<SwarmInit, 'expected' | 'isScored'>
  readonly started: Promise<{ peer: string; addresses: readonly string[] }>
  readonly complete: Promise<void>
  merge: MergeSummary | undefined
  #onStarted: (value: { peer: string; addresses: readonly string[] }) => void = () => undefined
  #onComplete: () => void = () => undefined

  constructor(name: string, init: Pick<SwarmInit, 'expected' | 'isScored'>) {
    this.name = name
    this.#init = init
    this.started = new Promise((resolve) => (this.#onStarted = resolve))
    this.complete = new Promise((resolve) => (this.#onComplete = resolve))
  }

  note(line: PeerLine): void {
    if (line.type === 'started') this.#onStarted(line)
    if (line.type === 'merged') this.merge = line
    const { merge } = this
    if (merge === undefined || merge.known < this.#init.expected) return
    if (!this.#init.isScored || (line.type === 'scored' && line.merge === merge.digest)) this.#onComplete()
  }

  describe(): string {
    return `${this.name} holds ${this.merge?.known ?? 0} of ${this.#init.expected} contributions`
  }
}

async function askOutcome({ name, home }: SwarmPeer): Promise<SwarmOutcome> {
  const control = await connectControl(homePaths(home))
  const { peer, merge, own, bytes } = await control.status()
  if (merge === null) throw new PeermergeError('ERR_NO_MERGE', `${name}: reported a merge and then none`)
  return { name, id: peer, merge, contributions: own.adapters + own.statistics, bytes }
}

async function deadline(init: SwarmInit, watches: readonly PeerWatch[]): Promise<never> {
  const timeout = AbortSignal.timeout(init.timeoutMs)
  const stop = AbortSignal.any([timeout, init.signal])
  await new Promise<void>((resolve) => {
    if (stop.aborted) resolve()
    stop.addEventListener('abort', () => resolve(), { once: true })
  })
  init.signal.throwIfAborted()
  const who = watches.map((watch) => watch.describe()).join('; ')
  throw new PeermergeError(
    'ERR_TIMEOUT',
    `the swarm was not complete after ${init.timeoutMs / 1000} s: ${who}`,
  )
}
