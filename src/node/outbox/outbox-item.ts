import { z } from 'zod'
import { contributionId, decodeHeader, type ContributionHeader } from '../../merge/index.ts'

/** `held`: waits for a person; `released`: may leave, and is published as soon as the node can; the others never leave. */
export const OUTBOX_STATES = ['held', 'released', 'refused', 'lapsed'] as const
export type OutboxState = (typeof OUTBOX_STATES)[number]

export const MAX_NAME_LENGTH = 200
export const MAX_REASON_LENGTH = 2_000

const digest = z.string().regex(/^[0-9a-f]{64}$/, 'expected a digest')

/** Who has decided, and why. What has lapsed was decided by nobody: `by` is null. */
const decisionSchema = z.strictObject({
  by: z.string().min(1).max(MAX_NAME_LENGTH).nullable(),
  reason: z.string().max(MAX_REASON_LENGTH),
  at: z.int(),
})

export type OutboxDecision = z.infer<typeof decisionSchema>

/** A record of the outbox as its file has it. */
export const outboxRecordSchema = z.strictObject({
  v: z.literal(1),
  /** Of the contribution as it was held. */
  id: digest,
  state: z.enum(OUTBOX_STATES),
  /** In milliseconds since 1970. */
  heldAt: z.int(),
  /** Base64 of the header's bytes, which nobody has signed; with another number where that one was used meanwhile. */
  header: z.base64(),
  /** What it was made of, in the schedule's words: what was refused is not made a second time of the same. */
  work: z.string(),
  /** What the header's counts are of, in their order. */
  classes: z.array(z.string()),
  /** Longest gradient of a training step, where anything was trained and limited. */
  clipping: z.union([z.number(), z.literal('none')]),
  decision: decisionSchema.nullable(),
  /** Whether events and audit log know of the decision. */
  isTold: z.boolean(),
})

export type OutboxRecord = z.infer<typeof outboxRecordSchema>

/** A record with its header read. */
export interface OutboxItem extends Omit<OutboxRecord, 'header'> {
  readonly header: ContributionHeader
  readonly headerBytes: Uint8Array
}

/** @throws MalformedError - no header in it */
export function itemOf(record: OutboxRecord): OutboxItem {
  const headerBytes = new Uint8Array(Buffer.from(record.header, 'base64'))
  return { ...record, header: decodeHeader(headerBytes), headerBytes }
}

export function recordOf({ headerBytes, ...item }: OutboxItem): OutboxRecord {
  return { ...item, header: Buffer.from(headerBytes).toString('base64') }
}

/** Id under which an item is, or would be, published. */
export function publishedId({ headerBytes }: Pick<OutboxItem, 'headerBytes'>): string {
  return contributionId(headerBytes)
}
