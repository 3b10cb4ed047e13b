import {
  contributionId,
  encodeHeader,
  frozenDigest,
  payloadRef,
  specAt,
  specOfTask,
  writeContribution,
  type ContributionHeader,
  type ContributionKind,
  type RoundTerms,
  type WritableTensor,
} from '../merge/index.ts'
import { PublishRefusedError } from './errors.ts'
import { charterDigest, mergeSpecOf, type Charter } from './charter.ts'

/** What a site is about to publish, before it has a number, a name and bytes. */
export interface ContributionDraft {
  readonly kind: ContributionKind
  readonly generation: number
  /** The opened task that it is about; null for the charter's own classes. */
  readonly task: string | null
  /** The round that it was made for; left out under schedules without rounds. */
  readonly at?: RoundTerms
  /** Digest of the merge that training started from. */
  readonly base: string | null
  /** Digest of the adapter that statistics were measured under. */
  readonly anchor: string | null
  readonly count: number
  readonly classCounts: readonly number[]
  /** By wire name; masks are bytes. */
  readonly tensors: ReadonlyMap<string, WritableTensor>
}

export interface AssembledContribution {
  readonly id: string
  readonly header: ContributionHeader
  readonly headerBytes: Uint8Array
  readonly payload: Uint8Array
}

/**
 * Payload and header of a draft; a function of its arguments.
 *
 * @param whole - the spec with the tasks that have been opened. @default that of the charter alone
 * @throws MalformedError - a field out of its range; PublishRefusedError `unknown-task`
 */
export function assembleContribution(
  charter: Charter,
  peer: string,
  sequence: number,
  draft: ContributionDraft,
  consortium = charterDigest(charter),
  whole = mergeSpecOf(charter),
): AssembledContribution {
  const { tensors, at, ...said } = draft
  const spec = specOfTask(specAt(whole, at), draft.task)
  if (spec === undefined) throw new PublishRefusedError('unknown-task', `task ${draft.task} has not been opened here`, { task: draft.task }) // prettier-ignore
  const payload = writeContribution(spec, draft.kind, tensors)
  const header: ContributionHeader = {
    v: 1,
    consortium,
    charter: charterDigest(charter),
    peer,
    sequence,
    ...said,
    round: at?.round ?? null,
    phase: at?.phase ?? null,
    frozen: at?.frozen ?? frozenDigest(spec.adapter, spec.modules),
    payload: payloadRef(payload),
    noise: charter.privacy.noise,
    masked: charter.privacy.masked,
    kernel: charter.kernel,
  }
  const headerBytes = encodeHeader(header)
  return { id: contributionId(headerBytes), header, headerBytes, payload }
}
