import { decode, encode } from '@ipld/dag-cbor'
import { z } from 'zod'
import { MalformedError } from '../../errors.ts'
import {
  MAX_CLASSES,
  MAX_COUNT,
  MAX_GENERATION,
  MAX_HEADER_BYTES,
  MAX_PAYLOAD_BYTES,
  MAX_ROUND,
  MAX_SEQUENCE,
} from '../constants.ts'
import { sha256Hex } from './sha256.ts'
import { chunkCount } from './payload-ref.ts'
import type { ContributionHeader } from '../types.ts'

const integer = (min: number, max: number): z.ZodInt => z.int().min(min).max(max)
const digest = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits')
const name = z.string().regex(/^[\x21-\x7e]{1,128}$/, 'expected 1 to 128 printable ASCII characters')

const payloadSchema = z
  .strictObject({
    digest,
    size: integer(1, MAX_PAYLOAD_BYTES),
    chunks: z.array(digest).max(chunkCount(MAX_PAYLOAD_BYTES)),
  })
  .refine(({ size, chunks }) => chunks.length === chunkCount(size), 'expected one chunk per started MiB')

const headerSchema = z.strictObject({
  v: z.literal(1),
  consortium: name,
  charter: digest,
  peer: name,
  sequence: integer(1, MAX_SEQUENCE),
  generation: integer(1, MAX_GENERATION),
  task: digest.nullable(),
  round: integer(0, MAX_ROUND).nullable(),
  phase: z.enum(['B', 'A', 'end']).nullable(),
  kind: z.enum(['adapter', 'statistics', 'grams']),
  base: digest.nullable(),
  anchor: digest.nullable(),
  frozen: digest,
  count: integer(1, MAX_COUNT),
  classCounts: z.array(integer(0, MAX_COUNT)).min(1).max(MAX_CLASSES),
  payload: payloadSchema,
  noise: z.number().min(0),
  masked: z.boolean(),
  kernel: z.literal(1),
})

/**
 * dag-cbor of a header: map keys sorted, integers shortest, so equal headers give equal bytes.
 *
 * @throws MalformedError - a field that no decoder would accept (`bad-header`), or too long (`header-too-large`)
 */
export function encodeHeader(header: ContributionHeader): Uint8Array {
  const bytes = encode(parseHeader(header))
  if (bytes.length > MAX_HEADER_BYTES) tooLarge(bytes.length)
  return bytes
}

/**
 * A header from bytes that anybody may have sent.
 *
 * @throws MalformedError - `detail.reason`: header-too-large, bad-cbor, bad-header (a missing, additional or impossible
 *   field), not-canonical (dag-cbor of this header is other bytes, so its id would not be unique)
 */
export function decodeHeader(bytes: Uint8Array): ContributionHeader {
  if (bytes.length > MAX_HEADER_BYTES) tooLarge(bytes.length)
  const header = parseHeader(decodeCbor(bytes))
  if (!sameBytes(encode(header), bytes)) {
    throw new MalformedError('header', 'not in canonical dag-cbor', { reason: 'not-canonical' })
  }
  return header
}

/** Id of a contribution: sha2-256 of its header bytes, in hex. The signature is not part of it. */
export function contributionId(headerBytes: Uint8Array): string {
  return sha256Hex(headerBytes)
}

function parseHeader(value: unknown): ContributionHeader {
  const parsed = headerSchema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const problem = `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`
  throw new MalformedError('header', problem, { reason: 'bad-header', path: issue?.path })
}

function decodeCbor(bytes: Uint8Array): unknown {
  try {
    return decode(bytes)
  } catch (cause) {
    throw new MalformedError('header', 'not dag-cbor', { reason: 'bad-cbor' }, { cause })
  }
}

function tooLarge(length: number): never {
  throw new MalformedError('header', `${length} bytes, at most ${MAX_HEADER_BYTES}`, {
    reason: 'header-too-large',
  })
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
