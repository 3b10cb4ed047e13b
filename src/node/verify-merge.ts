import { openSync, closeSync } from 'node:fs'
import type { MergeResult, Tensor } from '../merge/index.ts'
import type { RefusedFile, UncountedFile } from './admit-file.ts'
import type { Charter } from './charter.ts'
import { fileSource } from './file-source.ts'
import { claimedBy, type MergeClaim } from './merge-claim.ts'
import { stateTensors } from './merge-files.ts'
import type { ReadLedger } from './ledger-file.ts'
import { mergeFiles, type OfflineMerge } from './offline.ts'
import { openSafetensors } from '../merge/index.ts'
import type { MergeSummary } from './types.ts'

/** One thing that was said and computed again. */
export interface Check {
  readonly what: string
  readonly ok: boolean
  readonly expected: string
  readonly actual: string
}

export interface Verification {
  /** Every check holds, and nothing is missing, additional or refused. */
  readonly ok: boolean
  readonly expected: string
  readonly actual: string
  readonly checks: readonly Check[]
  /** Ids of the claimed cut that no file holds, and ids that count here and the claimed cut does not name. */
  readonly missing: readonly string[]
  readonly additional: readonly string[]
  readonly refused: readonly RefusedFile[]
  /** Files that count for nothing, as the ledger says; no harm, unless the claimed cut names them. */
  readonly uncounted: readonly UncountedFile[]
  /** Statements of the ledger that do not hold, or are missing. */
  readonly ledger: readonly string[]
  readonly summary: MergeSummary
}

export interface VerifyOptions {
  readonly signal?: AbortSignal
  /** A safetensors file that is said to hold the merge. */
  readonly tensors?: string | undefined
  /** The consortium's ledger. @default nobody has joined, left, withdrawn or amended anything */
  readonly ledger?: ReadLedger | undefined
  /** Certificates of its rounds, under the staged schedule. */
  readonly rounds?: readonly Uint8Array[] | undefined
}

/**
 * Computes a merge again from its contributions and compares it with everything that somebody says that it is.
 *
 * @param founding - the charter that the consortium was founded with
 */
export async function verifyMerge(
  founding: Charter,
  files: readonly string[],
  claim: MergeClaim,
  { signal, tensors, ledger, rounds }: VerifyOptions = {},
): Promise<Verification> {
  const statements = ledger?.statements
  const merge = await mergeFiles(founding, files, { ...(signal && { signal }), statements, rounds })
  const { summary, refused, uncounted } = merge
  const problems = ledger?.problems ?? []
  const claimed = new Set(claim.cut ?? summary.cut)
  const held = new Set([...merge.files, ...uncounted].map(({ id }) => id))
  const missing = [...claimed].filter((id) => !held.has(id))
  const additional = summary.cut.filter((id) => !claimed.has(id))
  const checks = [
    ...claimChecks(claim, merge),
    ...(tensors === undefined ? [] : [checkTensors(tensors, merge.result)]),
  ]
  return {
    ok:
      checks.every(({ ok }) => ok) &&
      missing.length + additional.length + refused.length + problems.length === 0 &&
      !uncounted.some(({ id }) => claimed.has(id)),
    expected: claim.digest,
    actual: summary.digest,
    checks,
    missing,
    additional,
    refused,
    uncounted,
    ledger: problems,
    summary,
  }
}

const NAMES = {
  charter: 'charter digest',
  ledger: 'ledger head',
  kernel: 'kernel',
  rule: 'rule',
  generation: 'generation',
  contributors: 'contributors',
  equivocating: 'equivocating contributions',
  cutDigest: 'cut digest',
  adapter: 'adapter digest',
  classifier: 'classifier digest',
  digest: 'merge digest',
} as const

function claimChecks(claim: MergeClaim, { summary, rules }: OfflineMerge): Check[] {
  const computed = { ...summary, ...claimedBy(rules), ledger: rules.state.head }
  return Object.entries(NAMES).flatMap(([field, what]) => {
    const [expected, actual] = [claim, computed].map((of) => of[field as keyof typeof NAMES])
    return expected === undefined ? [] : [compare(what, shown(expected), shown(actual))]
  })
}

function shown(value: unknown): string {
  return Array.isArray(value) ? value.join(' ') : String(value)
}

function compare(what: string, expected: string, actual: string): Check {
  return { what, ok: expected === actual, expected, actual }
}

/** Names, shapes and float32 bits of all tensors in a file, one at a time. @throws MalformedError - not a safetensors file */
function checkTensors(path: string, result: MergeResult): Check {
  const descriptor = openSync(path, 'r')
  try {
    const file = openSafetensors(fileSource(path, descriptor), path)
    const computed = stateTensors(result)
    const names = new Set([...computed.keys(), ...file.entries.keys()])
    const other = [...names].filter((name) => {
      const tensor = computed.get(name)
      return !(
        tensor !== undefined &&
        file.entries.get(name)?.type === 'F32' &&
        equalBits(tensor, file.tensor(name))
      )
    })
    const expected = `${computed.size} tensors, bit for bit`
    const actual = other.length === 0 ? expected : `${other.length} differ: ${other.slice(0, 3).join(', ')}`
    return compare('merged tensors', expected, actual)
  } finally {
    closeSync(descriptor)
  }
}

function equalBits(a: Tensor, b: Tensor): boolean {
  const bytes = ({ data }: Tensor): Buffer => Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  return a.shape.join() === b.shape.join() && bytes(a).equals(bytes(b))
}
