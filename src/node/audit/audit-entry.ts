import { decode, encode } from '@ipld/dag-cbor'
import { z } from 'zod'
import { MalformedError } from '../../errors.ts'
import { isSignedUnder, signUnder, type Identity } from '../../gossip/records.ts'
import { sha256Hex } from '../../merge/index.ts'

/** One thing that has happened at a site. */
export interface AuditEntry {
  readonly v: 1
  /** From 1, without a gap. Entries are in this order, whatever the clock says. */
  readonly sequence: number
  /** Milliseconds since 1970 by the site's clock when it happened. */
  readonly time: number
  readonly kind: string
  readonly facts: Readonly<Record<string, unknown>>
  /** Digest of the entry before; null for the first of a log. */
  readonly previous: string | null
}

/** An entry with its signature. */
export interface SealedEntry {
  readonly entry: AuditEntry
  /** sha2-256 of the entry's bytes without the signature. */
  readonly digest: string
  readonly content: Uint8Array
  readonly signature: Uint8Array
}

/** What the signature of an entry is over comes after this text, so that it is good for nothing else. */
const AUDIT_DOMAIN = 'peermerge/audit/1\0'

const entrySchema = z.strictObject({
  v: z.literal(1),
  sequence: z.int().min(1),
  time: z.int(),
  kind: z.string().regex(/^[a-z][a-z-]{0,63}$/, 'expected a kind of entry'),
  facts: z.record(z.string(), z.unknown()),
  previous: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'expected a digest')
    .nullable(),
})

const sealedSchema = z.strictObject({
  content: z.instanceof(Uint8Array),
  signature: z.instanceof(Uint8Array).refine(({ length }) => length === 64, 'expected 64 bytes'),
})

/**
 * Signs an entry. Every entry has a signature of its own, and not only the newest: any part of a log then speaks for itself, no second
 * file has to keep step with the log through a crash, and it costs a twentieth of a millisecond for things that happen a few times a minute.
 */
export async function sealEntry(entry: AuditEntry, identity: Identity): Promise<SealedEntry> {
  const content = encode(entry)
  const signature = await signUnder(AUDIT_DOMAIN, content, identity)
  return { entry, digest: sha256Hex(content), content, signature }
}

/** Whether `peer` has signed it. */
export function isSealedBy({ content, signature }: SealedEntry, peer: string): Promise<boolean> {
  return isSignedUnder(AUDIT_DOMAIN, content, signature, peer)
}

/** An entry as a line of the log, its end included: base64 of dag-cbor of `{ content, signature }`. */
export function entryLine({ content, signature }: SealedEntry): string {
  return `${Buffer.from(encode({ content, signature })).toString('base64')}\n`
}

/**
 * Reads a line without its end; only the one form that `entryLine` writes. The signature is not checked.
 *
 * @throws MalformedError - it is no entry
 */
export function openLine(line: string): SealedEntry {
  const bytes = Buffer.from(line, 'base64')
  if (bytes.toString('base64') !== line) throw malformed('not base64')
  const { content, signature } = parse(sealedSchema, bytes)
  return { entry: parse(entrySchema, content), digest: sha256Hex(content), content, signature }
}

function parse<T extends z.ZodType>(schema: T, bytes: Uint8Array): z.infer<T> {
  try {
    const value: unknown = decode(bytes)
    if (!Buffer.from(encode(value)).equals(bytes)) throw malformed('not in canonical dag-cbor')
    return schema.parse(value)
  } catch (cause) {
    if (cause instanceof MalformedError) throw cause
    throw malformed('not an entry of an audit log', cause)
  }
}

function malformed(problem: string, cause?: unknown): MalformedError {
  return new MalformedError('audit entry', problem, { reason: 'malformed' }, { cause })
}
