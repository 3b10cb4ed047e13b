import { z } from 'zod'
import type { ConsortiumRules } from './consortium-rules.ts'
import { readBounded } from './contribution-file.ts'
import { parseJson } from './parse-json.ts'
import type { MergeSummary } from './types.ts'

const digest = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits')
const ids = z.array(digest).readonly()

/**
 * What somebody says that a merge is: the summary that a node keeps, or a bundle's `merge.json`. All that is said is checked; only the
 * digest must be.
 */
const claimSchema = z.object({
  digest,
  cut: ids.optional(),
  cutDigest: digest.optional(),
  adapter: digest.optional(),
  classifier: digest.optional(),
  generation: z.int().min(0).optional(),
  equivocating: ids.optional(),
  contributors: z.array(z.string()).readonly().optional(),
  charter: digest.optional(),
  ledger: digest.optional(),
  kernel: z.int().optional(),
  rule: z.string().optional(),
})

export type MergeClaim = z.infer<typeof claimSchema>

/** A cut of 262,144 ids takes 18 MiB. */
const MAX_CLAIM_BYTES = 64 * 1024 * 1024

/** @throws InvalidFileError, MalformedError `too-large` */
export async function readClaim(file: string): Promise<MergeClaim> {
  return parseClaim(Buffer.from(await readBounded(file, MAX_CLAIM_BYTES)).toString('utf8'), file)
}

/** @throws InvalidFileError */
export function parseClaim(json: string, file: string): MergeClaim {
  return parseJson(claimSchema, json, file)
}

/** The text of a bundle's `merge.json`. */
export function formatClaim(rules: ConsortiumRules, summary: MergeSummary): string {
  return `${JSON.stringify({ v: 1, ...claimedBy(rules), ...summary }, null, 2)}\n`
}

/** Under what a merge was computed, as a claim says it; a ledger in which nothing is said is not named. */
export function claimedBy({
  charterDigest: charter,
  spec: { kernel, rule },
  state: { head: ledger, statements },
}: ConsortiumRules): Pick<MergeClaim, 'charter' | 'kernel' | 'rule' | 'ledger'> {
  return { charter, kernel, rule, ...(statements > 0 && { ledger }) }
}
