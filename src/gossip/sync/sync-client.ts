import { MAX_SYNC_REQUESTS } from '../constants.ts'
import { asError, RefusedError } from '../errors.ts'
import type { Frames } from '../wire/frames.ts'
import type { Greeting } from './greeting.ts'
import { RangeWalk } from './range-walk.ts'
import type { SessionNonce } from './ranges.ts'
import { setDigest } from './ranges.ts'
import type { SyncReply, SyncRequest } from './sync-messages.ts'
import { decodeSyncReply, encodeSyncRequest } from './sync-messages.ts'
import { drawNonce, sessionNonce } from './session-nonce.ts'
import { type SyncSet, Transfer } from './sync-set.ts'

export interface SyncInit {
  readonly consortium: string
  readonly peer: string
  readonly greeting: Greeting
  /** In this order: what one brings over may change what the next offers. */
  readonly sets: readonly SyncSet[]
  readonly random: () => number
  onGreeting(greeting: Greeting): void
  /** Whether the last session with this peer began with the same digests and moved nothing: then neither will this one. */
  isSettled(theirs: Greeting): boolean
  /** This session has come to its end and moved nothing. */
  onSettled(theirs: Greeting): void
}

/** What a session moved. */
export interface SyncOutcome {
  readonly received: number
  readonly given: number
  /** There was more than one session brings over. */
  readonly isCut: boolean
}

/**
 * Makes this node's sets and another's equal, as far as both want that: greetings with digests; for each set that differs,
 * ranges until all ids that one lacks are named; then what is behind them in batches, both ways.
 *
 * @throws RefusedError - the other side broke the protocol, or refused ours
 * @throws NetworkTimeoutError, BrokenStreamError
 */
export async function syncWith(frames: Frames, init: SyncInit): Promise<SyncOutcome> {
  try {
    const outcome = await new SyncSession(frames, init).run()
    await frames.close()
    return outcome
  } catch (thrown) {
    const error = asError(thrown)
    frames.abort(error)
    throw error
  }
}

class SyncSession {
  readonly #frames: Frames
  readonly #init: SyncInit
  #requests = 0
  #outcome: SyncOutcome = { received: 0, given: 0, isCut: false }

  constructor(frames: Frames, init: SyncInit) {
    this.#frames = frames
    this.#init = init
  }

  async run(): Promise<SyncOutcome> {
    const { consortium, greeting, random, sets } = this.#init
    const own = drawNonce(random)
    const theirs = await this.#ask({ type: 'hello', consortium, nonce: own, greeting }, 'hello')
    this.#init.onGreeting(theirs.greeting)
    if (this.#init.isSettled(theirs.greeting)) return this.#outcome
    const nonce = sessionNonce(own, theirs.nonce)
    for (const set of sets) {
      const told = theirs.greeting.sets.find(({ name }) => name === set.name)
      if (told === undefined) continue
      const hasMoved = this.#outcome.received + this.#outcome.given > 0
      if (hasMoved || told.digest !== setDigest(set.offered())) await this.#reconcile(set, nonce)
    }
    const { received, given, isCut } = this.#outcome
    if (received + given === 0 && !isCut) this.#init.onSettled(theirs.greeting)
    return this.#outcome
  }

  async #reconcile(set: SyncSet, nonce: SessionNonce): Promise<void> {
    const transfer = new Transfer(set, this.#init.peer)
    const walk = new RangeWalk(set.offered(), nonce, transfer.offered)
    for (let pieces = walk.ask(); pieces.length > 0 && !transfer.isCut; pieces = walk.ask()) {
      walk.take((await this.#ask({ type: 'ranges', set: set.name, pieces }, 'ranges')).answers)
    }
    await this.#exchange(set.name, transfer)
    const { received, given, isCut } = this.#outcome
    this.#outcome = {
      received: received + transfer.received,
      given: given + transfer.given,
      isCut: isCut || transfer.isCut,
    }
  }

  /** The other side may want something even if this one does not. */
  async #exchange(set: string, transfer: Transfer): Promise<void> {
    let give: readonly Uint8Array[] = []
    for (;;) {
      const request = { type: 'transfer', set, give, want: transfer.ask() } as const
      const reply = await this.#ask(request, 'transfer')
      await transfer.take(reply.give)
      give = await transfer.give(reply.want)
      if (reply.want.length === 0 && transfer.ask().length === 0) return
    }
  }

  async #ask<T extends SyncReply['type']>(request: SyncRequest, expected: T): Promise<Reply<T>> {
    if (++this.#requests > MAX_SYNC_REQUESTS) {
      throw new RefusedError('bad-ranges', 'sync reply', `no end after ${MAX_SYNC_REQUESTS} requests`)
    }
    await this.#frames.write([encodeSyncRequest(request)])
    const reply = decodeSyncReply(await this.#frames.read())
    if (reply.type === expected) return reply as Reply<T>
    const problem =
      reply.type === 'refused' ? `refused: ${reply.reason}` : `${reply.type} instead of ${expected}`
    throw new RefusedError('malformed', 'sync reply', problem)
  }
}

type Reply<T extends SyncReply['type']> = Extract<SyncReply, { type: T }>
