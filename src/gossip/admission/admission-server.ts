import { MAX_ADMISSION_REQUESTS } from '../constants.ts'
import { asError, RefusedError } from '../errors.ts'
import type { Strangers } from '../host/strangers.ts'
import type { Logger } from '../types.ts'
import type { Frames } from '../wire/frames.ts'
import {
  decodeAdmissionRequest,
  encodeAdmissionReply,
  statementPages,
  type AdmissionReply,
  type AdmissionRefusal,
  type AskRequest,
  type Welcome,
} from './admission-messages.ts'
import type { PassOn } from './pass-on.ts'
import { decodeTicket } from './ticket.ts'

/** What the desk says to a request; `peer` has been proven by the transport. */
export type DeskAnswer =
  | { readonly type: 'welcome'; readonly welcome: Welcome }
  | { readonly type: 'refused'; readonly reason: AdmissionRefusal }
  | { readonly type: 'pending' }
  | { readonly type: 'admitted' | 'removed'; readonly statements: readonly Uint8Array[] }

/** Decides who is let in. Must not reject for what a peer says. */
export interface AdmissionDesk {
  hello(ticket: Uint8Array, peer: string): Promise<DeskAnswer>
  ask(request: AskRequest, peer: string): Promise<DeskAnswer>
  /** A member, `from`, passes on what a newcomer asks with a ticket of this node. */
  askFor(request: AskRequest, from: string): Promise<DeskAnswer>
  /** The member that made the ticket of a request has said no to it. */
  declined(peer: string): Promise<void>
  /** Whether the peer is a former member, and the statements that say so. */
  standing(peer: string): DeskAnswer
}

export interface AdmissionServerInit {
  readonly desk: AdmissionDesk
  readonly logger: Logger
  readonly strangers: Pick<Strangers, 'proven' | 'hangUp'> | undefined
  readonly passOn: Pick<PassOn, 'tell'>
}

/** Serves `/peermerge/admit/1`, the one protocol of ours that peers may speak who are no members. */
export class AdmissionServer {
  readonly #init: AdmissionServerInit

  constructor(init: AdmissionServerInit) {
    this.#init = init
  }

  /** Serves one inbound stream to its end, then hangs up on a stranger; never rejects. */
  async serve(frames: Frames, peer: string): Promise<void> {
    try {
      for (let served = 0; served < MAX_ADMISSION_REQUESTS; served++) {
        const bytes = await frames.readOrEnd()
        if (bytes === undefined) break
        const answer = await this.#answer(bytes, peer)
        if (answer.type !== 'refused') this.#init.strangers?.proven(peer)
        await frames.write(encodeAnswer(answer))
        if (answer.type === 'refused') break
      }
    } catch (thrown) {
      const err = asError(thrown)
      this.#init.logger.debug({ peer, err }, 'admission stream broke off')
      frames.abort(err)
    } finally {
      await frames.close()
      this.#init.strangers?.hangUp(peer)
    }
  }

  async #answer(bytes: Uint8Array, peer: string): Promise<DeskAnswer> {
    const { desk } = this.#init
    try {
      const request = decodeAdmissionRequest(bytes)
      switch (request.type) {
        case 'hello':
          return await desk.hello(request.ticket, peer)
        case 'ask':
          return await this.#ask(request, peer)
        case 'for':
          return await desk.askFor({ ...request, type: 'ask' }, peer)
        case 'standing':
          return desk.standing(peer)
      }
    } catch (thrown) {
      if (thrown instanceof RefusedError) return { type: 'refused', reason: 'malformed' }
      throw thrown
    }
  }

  /** The newcomer has its answer before who made the ticket has been told. */
  async #ask(request: AskRequest, peer: string): Promise<DeskAnswer> {
    const { desk, passOn } = this.#init
    const answer = await desk.ask(request, peer)
    if (answer.type === 'pending') void passOn.tell(decodeTicket(request.ticket).ticket.issuer, peer, request)
    return answer
  }
}

function* encodeAnswer(answer: DeskAnswer): Generator<Uint8Array> {
  yield encodeAdmissionReply(replyOf(answer))
  if (answer.type === 'admitted' || answer.type === 'removed') yield* statementPages(answer.statements)
}

function replyOf(answer: DeskAnswer): AdmissionReply {
  switch (answer.type) {
    case 'welcome':
      return { type: 'welcome', ...answer.welcome }
    case 'admitted':
    case 'removed':
      return { type: answer.type, statements: answer.statements.length }
    case 'refused':
    case 'pending':
      return answer
  }
}
