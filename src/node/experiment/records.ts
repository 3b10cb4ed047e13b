import { appendFile, readFile } from 'node:fs/promises'
import { z } from 'zod'
import { writeFileAtomic } from '../atomic-file.ts'
import { InvalidFileError } from '../errors.ts'
import type { RunRecord } from './types.ts'

const share = z.number().min(0).max(1)
const trajectory = z.strictObject({
  rounds: z.array(share).min(1),
  tasks: z.array(z.array(share).min(1)).min(1),
  home: z.array(share).optional(),
  balanced: z.array(share).optional(),
  auc: z.array(share).optional(),
  right: z.strictObject({ count: z.int().min(1), bits: z.base64() }).optional(),
})
const amount = z.number().min(0)

const recordSchema: z.ZodType<RunRecord> = z.strictObject({
  v: z.literal(1),
  id: z.string(),
  method: z.string(),
  split: z.custom<RunRecord['split']>((value) => typeof value === 'string'),
  seed: z.int(),
  heads: z.strictObject({
    own: trajectory.optional(),
    analytic: trajectory.optional(),
    means: trajectory.optional(),
    site: trajectory.optional(),
    ridge: trajectory.optional(),
    lifted: trajectory.optional(),
  }),
  perSite: z.array(share).optional(),
  personal: share.optional(),
  bytes: z.strictObject({
    total: amount,
    round: amount,
    adapter: amount,
    statistics: amount,
    lifted: amount,
  }),
  ms: z.strictObject({
    train: amount,
    measure: amount,
    merge: amount,
    solve: amount.default(0),
    evaluate: amount,
    lifted: amount,
    wall: amount,
  }),
}) as z.ZodType<RunRecord>

/**
 * Finished runs of a file of JSON lines, the newest of each id. A last line that was cut off by a crash is dropped, and cut off the file.
 *
 * @throws InvalidFileError - another line is no record
 */
export async function readRecords(file: string): Promise<RunRecord[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  })
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  if (whole.length < text.length) await writeFileAtomic(file, whole)
  const lines = whole.split('\n').filter((line) => line !== '')
  const records = lines.map((line, i) => parseRecord(line, `${file}, line ${i + 1}`))
  return [...new Map(records.map((record) => [record.id, record])).values()]
}

/** Adds a finished run; one write, so that lines of several runs never mix. */
export async function appendRecord(file: string, record: RunRecord): Promise<void> {
  await appendFile(file, `${JSON.stringify(record)}\n`)
}

function parseRecord(line: string, where: string): RunRecord {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (cause) {
    throw new InvalidFileError(where, ['not JSON; remove the line, and its run is made again'], { cause })
  }
  const parsed = recordSchema.safeParse(value)
  if (parsed.success) return parsed.data
  const { path, message } = parsed.error.issues[0]!
  throw new InvalidFileError(where, [
    `${path.join('.')}: ${message}; remove the line, and its run is made again`,
  ])
}
