import { MAX_SYNC_REQUESTS } from '../constants.ts'
import { asError, RefusedError } from '../errors.ts'
import type { Logger } from '../types.ts'
import type { Frames } from '../wire/frames.ts'
import { answerPieces } from './answer-ranges.ts'
import type { Greeting } from './greeting.ts'
import type { SessionNonce } from './ranges.ts'
import { drawNonce, sessionNonce } from './session-nonce.ts'
import type { SyncReply, SyncRequest } from './sync-messages.ts'
import { decodeSyncRequest, encodeSyncReply } from './sync-messages.ts'
import { type SyncSet, Transfer } from './sync-set.ts'

export interface SyncServerInit {
  readonly consortium: string
  readonly sets: readonly SyncSet[]
  readonly random: () => number
  readonly logger: Logger
  /** In answer to the one of `peer`. */
  greeting(peer: string, asked: Greeting): Greeting
  onGreeting(peer: string, greeting: Greeting): void
  /** A session with this peer, who was greeted, has ended after it moved so much; `isWhole`: the peer has asked for all that it wanted. */
  onEnded(peer: string, moved: number, isWhole: boolean): void
  /** A peer broke the protocol. */
  onViolation(peer: string, error: RefusedError): void
}

/** The answering side of reconciliations. */
export class SyncServer {
  readonly #init: SyncServerInit

  constructor(init: SyncServerInit) {
    this.#init = init
  }

  /** Serves one inbound stream to its end; never throws. */
  async serve(frames: Frames, peer: string): Promise<void> {
    const session = new AnsweringSession(this.#init, peer)
    let isWhole = false
    try {
      for (let served = 0; served < MAX_SYNC_REQUESTS; served++) {
        const request = await frames.readOrEnd()
        if (request === undefined) {
          isWhole = true
          break
        }
        const reply = await session.answer(decodeSyncRequest(request))
        await frames.write([encodeSyncReply(reply)])
        if (reply.type === 'refused') break
      }
    } catch (thrown) {
      await this.#fail(frames, peer, asError(thrown))
    } finally {
      if (session.isGreeted) this.#init.onEnded(peer, session.moved, isWhole)
      await frames.close()
    }
  }

  async #fail(frames: Frames, peer: string, error: Error): Promise<void> {
    if (error instanceof RefusedError) {
      this.#init.onViolation(peer, error)
      const reply = encodeSyncReply({ type: 'refused', reason: error.reason })
      await frames.write([reply]).catch(() => undefined) // who broke the protocol may be gone
      return
    }
    this.#init.logger.debug({ peer, err: error }, 'a sync stream broke off')
    frames.abort(error)
  }
}

class AnsweringSession {
  readonly #init: SyncServerInit
  readonly #peer: string
  readonly #transfers = new Map<string, Transfer>()
  #nonce: SessionNonce | undefined

  constructor(init: SyncServerInit, peer: string) {
    this.#init = init
    this.#peer = peer
  }

  get isGreeted(): boolean {
    return this.#nonce !== undefined
  }

  get moved(): number {
    let moved = 0
    for (const { received, given } of this.#transfers.values()) moved += received + given
    return moved
  }

  /** @throws RefusedError */
  async answer(request: SyncRequest): Promise<SyncReply> {
    if (request.type === 'hello') return this.#greet(request)
    const { set, transfer } = this.#find(request.set)
    if (request.type === 'ranges') {
      const { pieces } = request
      return { type: 'ranges', answers: answerPieces(set.offered(), pieces, this.#nonce!, transfer.offered) }
    }
    await transfer.take(request.give)
    const give = await transfer.give(request.want)
    return { type: 'transfer', set: set.name, give, want: transfer.ask() }
  }

  #greet({ consortium, nonce, greeting }: Extract<SyncRequest, { type: 'hello' }>): SyncReply {
    if (consortium !== this.#init.consortium) return { type: 'refused', reason: 'wrong-consortium' }
    if (this.#nonce !== undefined) throw new RefusedError('malformed', 'sync request', 'a second hello')
    const own = drawNonce(this.#init.random)
    this.#nonce = sessionNonce(nonce, own)
    const reply = { type: 'hello', nonce: own, greeting: this.#init.greeting(this.#peer, greeting) } as const
    this.#init.onGreeting(this.#peer, greeting)
    return reply
  }

  #find(name: string): { readonly set: SyncSet; readonly transfer: Transfer } {
    if (this.#nonce === undefined) throw new RefusedError('malformed', 'sync request', 'no hello before it')
    const set = this.#init.sets.find((one) => one.name === name)
    if (set === undefined) throw new RefusedError('malformed', 'sync request', 'a set that was not offered')
    const transfer = this.#transfers.get(name) ?? new Transfer(set, this.#peer)
    this.#transfers.set(name, transfer)
    return { set, transfer }
  }
}
