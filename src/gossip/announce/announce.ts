import { encodeAnnouncement } from './announcement.ts'
import type { Announcement } from './announcement.ts'
import { RefusedError } from '../errors.ts'
import type { PeerHost, TopicResult } from '../host/peer-host.ts'
import type { TopicRules, TopicVerdict } from './topic-validator.ts'
import { validateAnnouncement } from './topic-validator.ts'

/** Told of every announcement and what became of it; must not throw. */
export type OnAnnouncement = (announcer: string | undefined, verdict: TopicVerdict) => void

/** The consortium's gossip topic: small signed announcements, never payloads. */
export class AnnounceTopic {
  readonly #host: PeerHost
  readonly #rules: TopicRules
  readonly #onAnnouncement: OnAnnouncement

  constructor(host: PeerHost, rules: TopicRules, onAnnouncement: OnAnnouncement) {
    this.#host = host
    this.#rules = rules
    this.#onAnnouncement = onAnnouncement
  }

  start(): void {
    this.#host.subscribe((data, announcer) => this.#validate(data, announcer))
  }

  stop(): void {
    this.#host.unsubscribe()
  }

  /** How many peers it was sent to; 0 for an envelope too large for gossip, which reconciliation will bring. */
  async publish(announcement: Announcement): Promise<number> {
    let message
    try {
      message = encodeAnnouncement(announcement)
    } catch (thrown) {
      if (thrown instanceof RefusedError && thrown.reason === 'too-large') return 0
      throw thrown
    }
    return this.#host.publish(message)
  }

  async #validate(data: Uint8Array, announcer: string | undefined): Promise<TopicResult> {
    const verdict = await validateAnnouncement(data, announcer, this.#rules)
    this.#onAnnouncement(announcer, verdict)
    return verdict.result
  }
}
