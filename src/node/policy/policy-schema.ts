import { z } from 'zod'
import { MIN_BANDWIDTH } from '../../gossip/records.ts'
import { charterSchema } from '../charter.ts'
import { quietWindowSchema } from './quiet-hours.ts'
import { STATISTICS } from './statistics-asked.ts'

const rate = z.number().int().min(MIN_BANDWIDTH, `expected at least ${MIN_BANDWIDTH} bytes a second`)

/** What the institution behind a site allows its node to do, whatever charter and settings say; docs/policy.md explains every field. */
export const policySchema = z.strictObject({
  v: z.literal(1),
  /** Of every contribution, not of statistics alone. */
  floors: charterSchema.shape.floors.partial().default({}),
  /** Which statistics may leave. Left out: all. Class counts always do, as they are in every header. */
  statistics: z.array(z.enum(STATISTICS)).optional(),
  /** Whether everything waits for a named person before it leaves. */
  outbox: z.boolean().default(false),
  quietHours: z.array(quietWindowSchema).max(64).default([]),
  /** Of payloads, in bytes a second. */
  bandwidth: z
    .strictObject({ upBytesPerSecond: rate.optional(), downBytesPerSecond: rate.optional() })
    .default({}),
  /** Processor threads, of training and of merging each. */
  threads: z.number().int().min(1).max(1024).optional(),
  /** Of the trainer's process, and of the heap of each merge thread. */
  memoryMiB: z.number().int().min(256).max(1_048_576).optional(),
  /** Of payloads on the disk. */
  diskMiB: z
    .number()
    .int()
    .min(1)
    .max(2 ** 30)
    .optional(),
})

export type Policy = z.infer<typeof policySchema>

/** Of a site without a policy file: charter and settings alone say what it does. */
export const NO_POLICY: Policy = policySchema.parse({ v: 1 })
