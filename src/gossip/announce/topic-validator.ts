import type { Announcement, ContributionNews } from './announcement.ts'
import { decodeAnnouncement } from './announcement.ts'
import { RefusedError } from '../errors.ts'
import type { OpenedEnvelope } from '../contributions/open-envelope.ts'
import { openEnvelope } from '../contributions/open-envelope.ts'
import type { TopicResult } from '../host/peer-host.ts'
import type { Verdict } from '../types.ts'

/**
 * What becomes of a message. `opened` is absent when nothing in the message can be trusted.
 */
export interface TopicVerdict {
  readonly result: TopicResult
  readonly reason?: string
  readonly announcement?: Announcement
  readonly opened?: OpenedEnvelope
  readonly verdict?: Verdict
}

export interface TopicRules {
  readonly consortium: string
  readonly isMember: (peer: string) => boolean
  /** Membership of the author and the judge's word on the header. */
  judge(opened: OpenedEnvelope): Verdict
  /** Whether a contribution was judged for good before: its announcement is a replay, or late. */
  isSettled(id: string): boolean
  /** Whether a receipt is news; @throws RefusedError */
  takeReceipt(receipt: Uint8Array, announcer: string): Promise<boolean>
  /** What becomes of a statement; @throws RefusedError */
  takeStatement(statement: Uint8Array, announcer: string): Promise<TopicResult>
  /** What becomes of a word in a round; @throws RefusedError */
  takeWord(word: Uint8Array, announcer: string): Promise<TopicResult>
}

/**
 * Refusals that hang on what a node knows of members, charters and its own shares at this moment: an honest bearer may know more or less, so
 * it is not scored down for them.
 */
const MAY_CHANGE = new Set(['not-a-member', 'wrong-charter', 'author-full', 'author-rate'])

function refusal(reason: string): TopicVerdict {
  return { result: MAY_CHANGE.has(reason) ? 'ignore' : 'reject', reason }
}

/** Judges one announcement of `announcer`, whose gossipsub signature has been checked. Never throws. */
export async function validateAnnouncement(
  data: Uint8Array,
  announcer: string | undefined,
  rules: TopicRules,
): Promise<TopicVerdict> {
  try {
    if (announcer === undefined) return { result: 'reject', reason: 'not-a-member' }
    if (!rules.isMember(announcer)) return { result: 'ignore', reason: 'not-a-member' }
    const announcement = decodeAnnouncement(data)
    switch (announcement.type) {
      case 'contribution':
        return await validateContribution(announcement, rules)
      case 'receipt': {
        const isNews = await rules.takeReceipt(announcement.receipt, announcer)
        return { result: isNews ? 'accept' : 'ignore', announcement }
      }
      case 'statement':
        return { result: await rules.takeStatement(announcement.statement, announcer), announcement }
      case 'round':
        return { result: await rules.takeWord(announcement.word, announcer), announcement }
    }
  } catch (thrown) {
    if (thrown instanceof RefusedError) return refusal(thrown.reason)
    return { result: 'ignore', reason: 'judge-failed' } // our own fault: nobody is scored down for it
  }
}

async function validateContribution(
  announcement: ContributionNews,
  rules: TopicRules,
): Promise<TopicVerdict> {
  const opened = await openEnvelope(announcement.envelope, rules.consortium)
  const verdict = rules.judge(opened)
  const facts = { announcement, opened, verdict }
  switch (verdict.kind) {
    case 'accept':
      if (rules.isSettled(opened.id)) return { result: 'ignore', reason: 'known', ...facts }
      return { result: 'accept', ...facts }
    case 'hold':
      return { result: 'ignore', reason: verdict.reason, ...facts }
    case 'reject':
      return { ...refusal(verdict.reason), ...facts }
  }
}
