import { z } from 'zod'
import type { AuditEntry } from './audit-entry.ts'

const count = z.int().min(0)

/** Control characters and changes of direction, with which the log of a stranger would garble a terminal. */
const GARBLING = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/gu

/** Text of anybody, made fit to be shown. */
const text = z.string().transform((value) => value.replace(GARBLING, '\ufffd'))
const named = { peer: text, name: text }
const contribution = { id: text, ...named, sequence: count }

const held = { id: text, kind: text, sequence: count, samples: count, bytes: count }

/** A tensor of a payload, as its bytes leave. */
const tensor = z.object({
  name: text,
  /** Number type on the wire, as safetensors calls it. */
  type: text,
  shape: z.array(count).readonly(),
  bytes: count,
  /** sha2-256 of its bytes in the payload. */
  digest: text,
})

/** What one site's receipts say of its held-out samples in one task; `task` is a tag. */
const score = z.object({
  task: text,
  correct: count,
  count,
  endCorrect: count,
  endCount: count,
})

/** What the entries of each kind say. Fields that a newer version has added are passed over; kinds that are not here are kept and not read. */
export const AUDIT_FACTS = {
  'log-begun': z.object({
    ...named,
    consortium: text,
    /** The log before, where that one did not hold any more: what is good of it, and the digest of the whole file. */
    before: z
      .object({
        file: text,
        digest: text,
        entries: count,
        head: text.nullable(),
        problem: text,
      })
      .nullable(),
  }),
  /** Bytes of an entry that a crash had cut off were taken away. */
  'tail-recovered': z.object({ bytes: count }),
  /** So many could not be kept, as the disk had no room for too long. */
  'entries-lost': z.object({ count }),
  'node-started': z.object({
    version: text,
    charter: text,
    settings: z.record(z.string(), z.unknown()),
  }),
  'configuration-changed': z.object({
    changes: z.array(z.object({ field: text, before: z.unknown(), after: z.unknown() })).readonly(),
  }),
  'node-stopped': z.object({}),
  'charter-changed': z.object({ charter: text, before: text }),
  'contribution-published': z.object({
    id: text,
    sequence: count,
    generation: count,
    kind: text,
    task: text.nullable(),
    charter: text,
    /** When it became durable, in milliseconds since 1970; null where it is not known. */
    publishedAt: z.int().nullable(),
    /** Found in the store at a start, and not seen happening. */
    isLate: z.boolean(),
    /** Of the signed header, which every member gets. */
    headerBytes: count,
    payload: z.object({ digest: text, bytes: count }),
    samples: count,
    classCounts: z.array(count).readonly(),
    /** Longest gradient of a training step; `none`: not limited, or nothing was trained; `unknown`: not seen happening. */
    clipping: z.union([z.number(), z.enum(['none', 'unknown'])]),
    /** Standard deviation of the noise added. */
    noise: z.number(),
    /** Null where the payload is not here any more. */
    tensors: z.array(tensor).readonly().nullable(),
  }),
  /** Digest of the site's policy file, null for none; `problem` says why it could not be used. */
  'policy-changed': z.object({
    policy: text.nullable(),
    before: text.nullable(),
    problem: text.nullable(),
  }),
  /** An own contribution waits for a person's word; it has not left. */
  'contribution-held': z.object(held),
  /** What a person has said of it, or for want of a person why it can be of no use any more. */
  'contribution-released': z.object({ ...held, by: text, reason: text }),
  'contribution-refused': z.object({ ...held, by: text, reason: text }),
  'contribution-lapsed': z.object({ ...held, reason: text }),
  'publish-refused': z.object({ reason: text, text }),
  /** Published although it serves this site worse, as the settings or the operator wanted. */
  'publish-forced': z.object({ reason: text, text }),
  /** Bytes of an own payload that have gone to a member, since the last such entry of the two. */
  'payload-served': z.object({ id: text, ...named, chunks: count, bytes: count }),
  /** A member says that it has the whole payload, from whomever it got it. */
  'payload-held': z.object({ id: text, ...named }),
  /** Told to all members, with this site's receipts. */
  'scores-shared': z.object({ merge: text, tasks: z.array(score).readonly() }),
  'contribution-admitted': z.object(contribution),
  'contribution-rejected': z.object({ ...contribution, reason: text }),
  'merge-computed': z.object({
    digest: text,
    cutDigest: text,
    generation: count,
    contributions: count,
    /** Ids that the cut has and that of the entry of this kind before had not, and the other way round. */
    added: z.array(text).readonly(),
    removed: z.array(text).readonly(),
  }),
  /** A newer model has taken the place of what the site serves, as its settings say. */
  'model-adopted': z.object({ model: z.enum(['merged', 'personal']), digest: text, reason: text }),
  /** A person has chosen what the site serves, then; from now on newer ones of what is followed may take its place. */
  'model-chosen': z.object({
    model: z.enum(['merged', 'personal', 'alone']),
    digest: text,
    since: z.int(),
    follows: z.enum(['merged', 'personal', 'nothing']),
    /** As the person said; null where nothing was said. */
    who: text.nullable(),
    reason: text,
  }),
  'ledger-statement': z.object({ id: text, author: text, name: text, text }),
  'member-changed': z.object({ ...named, change: z.enum(['joined', 'removed']) }),
  'round-decided': z.object({ round: count, contributions: count, digest: text }),
} as const

export type AuditKind = keyof typeof AUDIT_FACTS
export type FactsOf<Kind extends AuditKind> = z.infer<(typeof AUDIT_FACTS)[Kind]>

/** An entry that is still to be numbered, linked and signed. */
export type AuditDraft = {
  [Kind in AuditKind]: { readonly kind: Kind; readonly facts: FactsOf<Kind> }
}[AuditKind]

export function isAuditKind(kind: string): kind is AuditKind {
  return Object.hasOwn(AUDIT_FACTS, kind)
}

/** The facts of an entry of this kind; undefined for one of another. @throws z.ZodError - never for an entry of a chain that holds */
export function factsOf<Kind extends AuditKind>(
  { kind, facts }: Pick<AuditEntry, 'kind' | 'facts'>,
  wanted: Kind,
): FactsOf<Kind> | undefined {
  return kind === wanted ? (AUDIT_FACTS[wanted].parse(facts) as FactsOf<Kind>) : undefined
}
