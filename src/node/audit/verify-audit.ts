import { PeermergeError } from '../../errors.ts'
import { charterDigest } from '../charter.ts'
import { verifyMerge, type Check, type Verification } from '../verify-merge.ts'
import { AuditedLog } from './audited-log.ts'
import { checkOwn } from './check-own.ts'
import { compareBundle } from './compare-bundle.ts'
import { notProven } from './not-proven.ts'
import { readLog, type LogReading } from './read-log.ts'
import type { AuditBundle, AuditVerdict } from './types.ts'

export interface VerifyAuditOptions {
  readonly signal?: AbortSignal | undefined
  /** Undefined: the log alone is verified. */
  readonly bundle?: AuditBundle | undefined
  /** Digest of an entry that was noted earlier: it must be in the log. */
  readonly head?: string | undefined
  /** Peer id that must have signed the log. @default whoever the log says, who must have been a member where there is a bundle */
  readonly peer?: string | undefined
  readonly onProgress?: ((entries: number) => void) | undefined
}

/**
 * Verifies a log and, where there is a bundle, that its newest merge is what its contributions give. Needs no network, home or key.
 *
 * @throws the file system's errors
 */
export async function verifyAudit(file: string, options: VerifyAuditOptions = {}): Promise<AuditVerdict> {
  const { head, signal, bundle, onProgress } = options
  const log = new AuditedLog(head === undefined ? [] : [head])
  const reading = await readLog(file, {
    signatures: 'all',
    signal,
    onEntry: (entry, digest) => {
      log.add(entry, digest)
      onProgress?.(entry.sequence)
    },
  })
  const merge = bundle === undefined ? undefined : await recompute(bundle, signal)
  const checks = [
    ...chainChecks(reading, log, options),
    ...(bundle === undefined || merge === undefined ? [] : await bundleChecks(reading, log, bundle, merge)),
  ]
  const { begun, entries } = reading
  return {
    ok: checks.every(({ ok }) => ok),
    log: {
      entries,
      head: reading.head,
      peer: begun?.peer ?? null,
      name: begun?.name ?? null,
      consortium: begun?.consortium ?? null,
      firstAt: log.firstAt,
      lastAt: log.lastAt,
    },
    checks,
    merge: merge instanceof PeermergeError ? null : (merge?.actual ?? null),
    notProven: notProven({ reading, log, bundle, head }),
  }
}

function chainChecks(
  { flaw, begun, entries }: LogReading,
  { found }: AuditedLog,
  { head, peer }: VerifyAuditOptions,
): Check[] {
  const expected = `every entry linked with the one before and signed by ${begun?.peer ?? 'the site'}`
  const isWhole = flaw === null && entries > 0
  const actual = isWhole ? expected : (flaw?.message ?? 'there is no entry')
  return [
    { what: 'chain and signatures', ok: isWhole, expected, actual },
    ...(peer === undefined ? [] : [compared('signer', peer, begun?.peer ?? 'nobody')]),
    ...(head === undefined ? [] : [{ what: 'entry noted earlier', ok: found.has(head), expected: head, actual: found.has(head) ? head : 'no entry has this digest: the log was cut off before it, or is another one' }]), // prettier-ignore
  ]
}

/** Contributions that cannot be merged at all are a finding, too. */
async function recompute(
  { founding, contributions, claim, tensors, ledger, rounds }: AuditBundle,
  signal: AbortSignal | undefined,
): Promise<Verification | PeermergeError> {
  try {
    return await verifyMerge(founding, contributions, claim, { tensors, ledger, rounds, ...(signal && { signal }) }) // prettier-ignore
  } catch (error) {
    if (error instanceof PeermergeError) return error
    throw error
  }
}

async function bundleChecks(
  { begun }: LogReading,
  log: AuditedLog,
  bundle: AuditBundle,
  merge: Verification | PeermergeError,
): Promise<Check[]> {
  const consortium = charterDigest(bundle.founding)
  const shared = [
    compared('consortium of the log', consortium, begun?.consortium ?? 'none'),
    ...compareBundle(log, bundle, begun?.peer),
  ]
  if (merge instanceof PeermergeError) {
    const expected = log.state.merge?.digest ?? 'a merge'
    return [...shared, { what: 'newest merge, computed again', ok: false, expected, actual: merge.message }]
  }
  const own = await checkOwn(bundle.contributions, consortium, begun?.peer, log)
  return [...shared, ...own, ...mergeChecks(log, merge)]
}

function mergeChecks({ state, published }: AuditedLog, merge: Verification): Check[] {
  const { checks, missing, additional, refused, summary } = merge
  const named = (what: string, ids: readonly string[]): Check[] =>
    ids.length === 0 ? [] : [{ what, ok: false, expected: 'none', actual: ids.join('; ') }]
  const cut = [...(state.merge?.cut ?? [])].sort().join(' ')
  const unrecorded = summary.cut.filter((id) => !published.has(id) && !state.admitted.has(id))
  return [
    ...checks.map((check) => ({ ...check, what: `bundle: ${check.what}` })),
    ...named('contributions that are refused', refused.map(({ message }) => message)), // prettier-ignore
    ...named('contributions of the claim that are missing', missing),
    ...named('contributions that the claim does not name', additional),
    ...named('contributions in the merge that the log does not name', unrecorded),
    ...named('statements of the ledger that do not hold', merge.ledger),
    compared('contributions of the newest merge in the log', cut, [...summary.cut].sort().join(' ')),
    compared('newest merge, computed again', state.merge?.digest ?? 'none in the log', merge.actual),
  ]
}

function compared(what: string, expected: string, actual: string): Check {
  return { what, ok: expected === actual, expected, actual }
}
