import { createHash } from 'node:crypto'
import { decode, encode } from '@ipld/dag-cbor'
import { z } from 'zod'
import {
  changesAdapter,
  mergeFields,
  MergeSpecError,
  validateMergeSpec,
  type MergeSpec,
} from '../merge/index.ts'
import type { ModelSpec } from '../training/index.ts'
import { InvalidFileError } from './errors.ts'
import { parseJson } from './parse-json.ts'
import { personalContradiction, personalSchema } from './personal/personal-rules.ts'
import { scheduleSchema, stagedOf } from './schedule-rules.ts'

const name = z.string().min(1).max(200)
const hexDigest = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits (sha2-256)')
const peerId = z.string().regex(/^12D3Koo[1-9A-HJ-NP-Za-km-z]{45}$/, 'expected an Ed25519 peer id (12D3Koo…)')
const positive = z.number().positive().max(1e9)
const whole = (max: number): z.ZodNumber => z.number().int().min(1).max(max)

/** What the backbone is fed with, and how large: the side of a square image in pixels, or the most tokens of a text. */
const input = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('image'), side: whole(4096) }),
  z.strictObject({ kind: z.literal('text'), maxTokens: whole(65_536) }),
])

/** Suggestions for a site's own training; a site may override each of them in its config.json. */
export const trainingSchema = z.strictObject({
  epochs: whole(1000),
  batchSize: whole(4096),
  learningRate: positive,
  weightDecay: z.number().min(0).max(1),
  classifierStart: z.enum(['zeros', 'discriminant']).optional(),
  schedule: z.enum(['constant', 'cosine']).optional(),
  warmup: z.number().min(0).max(1).optional(),
  clipNorm: positive.optional(),
  augment: z
    .strictObject({
      flip: z.boolean().optional(),
      crop: z.number().gt(0).max(1).optional(),
      shift: z.number().min(0).max(0.5).optional(),
      brightness: z.number().min(0).max(1).optional(),
      contrast: z.number().min(0).max(1).optional(),
    })
    .optional(),
  earlyStopping: z
    .strictObject({ patience: whole(1000), minImprovement: z.number().min(0).max(1e9).optional() })
    .optional(),
})

/** The charter of a consortium; docs/charter.md explains every field. */
export const charterSchema = z
  .strictObject({
    v: z.literal(1),
    name,
    kernel: z.literal(1),
    backbone: z.strictObject({ digest: hexDigest, modelType: name, hiddenSize: whole(65536) }),
    input,
    classes: z.array(name).min(2).max(10_000),
    ...mergeFields,
    modules: z
      .array(z.strictObject({ name, in: whole(1 << 20), out: whole(1 << 20), input: name.optional() }))
      .min(1)
      .max(10_000),
    schedule: scheduleSchema,
    training: trainingSchema,
    floors: z.strictObject({ samples: whole(2 ** 24), perClass: whole(2 ** 24) }),
    limits: z.strictObject({
      maxCount: whole(2 ** 24),
      maxAbs: positive,
      maxGenerationLead: whole(1_000_000),
    }),
    privacy: z.strictObject({
      noise: z.literal(0, 'noise is not merged by this version: expected 0'),
      masked: z.literal(false, 'masked statistics are not merged by this version: expected false'),
      scores: z.enum(['own', 'shared']).optional(),
    }),
    members: z.array(z.strictObject({ id: peerId, name })).max(10_000),
    membership: z.strictObject({ join: z.enum(['accept', 'ticket']) }).optional(),
    personal: personalSchema.optional(),
  })
  .superRefine((charter, context) => {
    for (const { path, message } of contradictions(charter)) {
      context.addIssue({ code: 'custom', path: [...path], message })
    }
  })

export type Charter = z.infer<typeof charterSchema>

interface Contradiction {
  readonly path: readonly (string | number)[]
  readonly message: string
}

/** What no field shows by itself: parts that do not fit together, entries twice. */
function contradictions(charter: z.infer<typeof charterSchema>): readonly Contradiction[] {
  const members = charter.members.map(({ id }) => id)
  const twice = members.findIndex((id, index) => members.indexOf(id) !== index)
  const found: Contradiction[] = []
  if (twice >= 0) found.push({ path: ['members', twice], message: 'expected every member once' })
  if (charter.schedule.kind === 'one-shot' && charter.decay !== 1) {
    const message = `expected 1, got ${charter.decay}: under the one-shot schedule nobody contributes again, and no state may fade`
    found.push({ path: ['decay'], message })
  }
  const personal = personalContradiction(charter)
  if (personal !== undefined) found.push(personal)
  if (changesAdapter(charter.rule)) {
    const message = `under every schedule training goes on from the merge, and a merge by ${charter.rule} is a state of a larger adapter; keep another rule here and merge offline: peermerge merge --rule ${charter.rule}`
    found.push({ path: ['rule'], message })
  }
  try {
    validateMergeSpec(mergeSpecOf(charter))
    return found
  } catch (error) {
    if (!(error instanceof MergeSpecError)) throw error
    return [...found, { path: charterPath(String(error.detail.field)), message: error.message }]
  }
}

/** The merge spec has its fields where the charter has them, but for the width of the features. */
function charterPath(field: string): readonly (string | number)[] {
  if (field === 'features') return ['backbone', 'hiddenSize']
  return field.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part))
}

/**
 * Reads a charter.
 *
 * @throws InvalidFileError - names the field, what was expected, what was found, what to do
 */
export function parseCharter(json: string, fileName: string): Charter {
  return parseJson(charterSchema, json, fileName)
}

/** The bytes that every member hashes: dag-cbor, whose map keys have one order, whatever the order in the file. */
export function charterBytes(charter: Charter): Uint8Array {
  return encode(charter)
}

/**
 * The charter of canonical bytes; the same answer for everybody, whatever else is known.
 *
 * @throws InvalidFileError - not dag-cbor, not a charter, or not its canonical bytes
 */
export function parseCharterBytes(bytes: Uint8Array, name: string): Charter {
  let json: string
  try {
    json = JSON.stringify(decode(bytes))
  } catch (cause) {
    throw new InvalidFileError(name, ['expected dag-cbor'], { cause })
  }
  const charter = parseCharter(json, name)
  if (Buffer.compare(charterBytes(charter), bytes) === 0) return charter
  throw new InvalidFileError(name, ['expected the canonical bytes of a charter, all fields written out'])
}

/** sha2-256 of the canonical bytes, hex; of the founding charter it is the id of the consortium, too. */
export function charterDigest(charter: Charter): string {
  return digestOfBytes(charterBytes(charter))
}

/** As {@link charterDigest}, of bytes that somebody sent. */
export function digestOfBytes(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Whether a member's word or a valid ticket lets a newcomer in. */
export function joinPolicy({ membership }: Pick<Charter, 'membership'>): 'accept' | 'ticket' {
  return membership?.join ?? 'accept'
}

/** Whether sites tell each other how merges do on their held-out samples. */
export function sharesScores({ privacy }: Pick<Charter, 'privacy'>): boolean {
  return privacy.scores === 'shared'
}

/** The text of charter.json. */
export function formatCharter(charter: Charter): string {
  return `${JSON.stringify(charter, null, 2)}\n`
}

/** The extent of a sample: the side of an image in pixels, or the most tokens of a text. */
export function inputExtent({ input }: Pick<Charter, 'input'>): number {
  return input.kind === 'image' ? input.side : input.maxTokens
}

/** What the merge is a function of. */
export function mergeSpecOf(charter: Charter): MergeSpec {
  return {
    kernel: charter.kernel,
    adapter: charter.adapter,
    modules: charter.modules,
    rule: charter.rule,
    ...(charter.grams === undefined ? {} : { grams: charter.grams }),
    ...(charter.wire === undefined ? {} : { wire: charter.wire }),
    ...(charter.robust === undefined ? {} : { robust: charter.robust }),
    ridge: charter.ridge,
    ...(charter.sums === 'exact' ? { sums: charter.sums } : {}),
    decay: charter.decay,
    ...stagedOf(charter.schedule),
    classes: charter.classes,
    features: charter.backbone.hiddenSize,
    classifier: charter.classifier,
    floors: charter.floors,
    limits: charter.limits,
  }
}

/** The model that this charter says, on the backbone in this directory; `classes` are those of all tasks. */
export function modelSpecOf(
  charter: Charter,
  backbone: string,
  classes: readonly string[] = charter.classes,
): ModelSpec {
  const { adapter, modules } = charter
  return { backbone, extent: inputExtent(charter), adapter, modules, classes: classes.length }
}
