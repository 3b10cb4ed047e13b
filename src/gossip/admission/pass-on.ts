import { asError } from '../errors.ts'
import type { PeerHost } from '../host/peer-host.ts'
import type { Logger } from '../types.ts'
import { ADMISSION, type AskRequest } from './admission-messages.ts'
import { askForOther } from './ask-admission.ts'

export interface PassOnInit {
  readonly host: Pick<PeerHost, 'connectedPeers' | 'openStream'>
  readonly logger: Logger
  /** The member that made the ticket has said no. */
  onDeclined(peer: string): Promise<void>
}

/**
 * Tells the member that made a ticket who asks with it here: it may be one that no newcomer can dial, and is the one who knows whom it
 * invited. A newcomer asks again and again, so what gets lost is told with the next time.
 */
export class PassOn {
  readonly #init: PassOnInit
  readonly #underWay = new Set<string>()

  constructor(init: PassOnInit) {
    this.#init = init
  }

  /** Never rejects, and does nothing where the issuer is not connected. One newcomer at a time is told of once. */
  async tell(issuer: string, newcomer: string, request: AskRequest): Promise<void> {
    const { host, logger } = this.#init
    if (this.#underWay.has(newcomer) || !host.connectedPeers().includes(issuer)) return
    this.#underWay.add(newcomer)
    try {
      const frames = await host.openStream(issuer, ADMISSION)
      try {
        if ((await askForOther(frames, request)) === 'declined') await this.#init.onDeclined(newcomer)
      } finally {
        await frames.close()
      }
    } catch (thrown) {
      logger.debug(
        { peer: issuer, err: asError(thrown) },
        'a request could not be passed on to who made its ticket',
      )
    } finally {
      this.#underWay.delete(newcomer)
    }
  }
}
