import type { Message, TopicValidatorFn } from '@chainsafe/libp2p-gossipsub'
import { TopicValidatorResult } from '@chainsafe/libp2p-gossipsub'
import { encodeAnnouncement } from './announcement.ts'
import type { Announcement } from './announcement.ts'
import { RefusedError } from '../errors.ts'
import type { Host } from '../host/libp2p-options.ts'
import type { TopicRules, TopicVerdict } from './topic-validator.ts'
import { validateAnnouncement } from './topic-validator.ts'

/** Told of every announcement and what became of it; must not throw. */
export type OnAnnouncement = (announcer: string | undefined, verdict: TopicVerdict) => void

/** The consortium's gossip topic: small signed announcements, never payloads. */
export class AnnounceTopic {
  readonly #host: Host
  readonly #topic: string
  readonly #rules: TopicRules
  readonly #onAnnouncement: OnAnnouncement

  constructor(host: Host, topic: string, rules: TopicRules, onAnnouncement: OnAnnouncement) {
    this.#host = host
    this.#topic = topic
    this.#rules = rules
    this.#onAnnouncement = onAnnouncement
  }

  start(): void {
    const { pubsub } = this.#host.services
    pubsub.topicValidators.set(this.#topic, this.#validate)
    pubsub.subscribe(this.#topic)
  }

  stop(): void {
    const { pubsub } = this.#host.services
    pubsub.topicValidators.delete(this.#topic)
    pubsub.unsubscribe(this.#topic)
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
    const { recipients } = await this.#host.services.pubsub.publish(this.#topic, message)
    return recipients.length
  }

  readonly #validate: TopicValidatorFn = async (_bearer, message): Promise<TopicValidatorResult> => {
    const announcer = announcerOf(message)
    const verdict = await validateAnnouncement(message.data, announcer, this.#rules)
    this.#onAnnouncement(announcer, verdict)
    return RESULTS[verdict.result]
  }
}

const RESULTS = {
  accept: TopicValidatorResult.Accept,
  ignore: TopicValidatorResult.Ignore,
  reject: TopicValidatorResult.Reject,
} as const

function announcerOf(message: Message): string | undefined {
  return message.type === 'signed' ? message.from.toString() : undefined
}
