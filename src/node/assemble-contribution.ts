import {
  contributionId,
  encodeHeader,
  frozenDigest,
  payloadRef,
  writeContribution,
  type ContributionHeader,
  type ContributionKind,
  type TensorMap,
} from '../merge/index.ts'
import { charterDigest, mergeSpecOf, type Charter } from './charter.ts'

/** What a site is about to publish, before it has a number, a name and bytes. */
export interface ContributionDraft {
  readonly kind: ContributionKind
  readonly generation: number
  readonly task: number
  /** Digest of the merge that training started from. */
  readonly base: string | null
  /** Digest of the adapter that statistics were measured under. */
  readonly anchor: string | null
  readonly count: number
  readonly classCounts: readonly number[]
  readonly tensors: TensorMap
}

export interface AssembledContribution {
  readonly id: string
  readonly header: ContributionHeader
  readonly headerBytes: Uint8Array
  readonly payload: Uint8Array
}

/** Payload and header of a draft; a function of its arguments. @throws MalformedError - a field out of its range */
export function assembleContribution(
  charter: Charter,
  peer: string,
  sequence: number,
  draft: ContributionDraft,
  consortium = charterDigest(charter),
): AssembledContribution {
  const { tensors, ...said } = draft
  const spec = mergeSpecOf(charter)
  const payload = writeContribution(spec, draft.kind, tensors)
  const header: ContributionHeader = {
    v: 1,
    consortium,
    charter: charterDigest(charter),
    peer,
    sequence,
    ...said,
    frozen: frozenDigest(spec.adapter, spec.modules),
    payload: payloadRef(payload),
    noise: charter.privacy.noise,
    masked: charter.privacy.masked,
    kernel: charter.kernel,
  }
  const headerBytes = encodeHeader(header)
  return { id: contributionId(headerBytes), header, headerBytes, payload }
}
