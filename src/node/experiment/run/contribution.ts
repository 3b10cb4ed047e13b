import {
  contributionId,
  decodeHeader,
  encodeHeader,
  frozenDigest,
  memorySource,
  payloadRef,
  validateHeader,
  validatePayload,
  writeContribution,
} from '../../../merge/index.ts'
import type {
  ContributionHeader,
  ContributionKind,
  ContributionView,
  MergeSpec,
  TensorMap,
} from '../../../merge/index.ts'
import { PeermergeError } from '../../../errors.ts'
import { CHARTER } from './ground.ts'

/** What one site says after a round, or of a task. */
export interface Draft {
  readonly site: number
  /** Of the site's contributions, from 1. */
  readonly sequence: number
  /** Round of the whole run, from 1. */
  readonly generation: number
  readonly task: number
  readonly kind: ContributionKind
  /** Digest of the adapter that statistics were measured under; null for the frozen backbone and for adapters. */
  readonly anchor: string | null
  readonly count: number
  readonly classCounts: readonly number[]
  readonly tensors: TensorMap
  /** Digest of the frozen factors. @default that of the adapter's seed */
  readonly frozen?: string | undefined
}

/** A contribution's bytes, as they would travel. */
export interface SentContribution {
  readonly headerBytes: Uint8Array
  readonly payload: Uint8Array
  /** Bytes of factors and Grams in the payload. */
  readonly adapterBytes: number
}

/** A draft as bytes: the payload in the number types of the spec, and the header that a site would sign. */
export function sent(spec: MergeSpec, draft: Draft): SentContribution {
  const { site, tensors, frozen, ...said } = draft
  const payload = writeContribution(spec, draft.kind, tensors)
  const header: ContributionHeader = {
    v: 1,
    consortium: CHARTER,
    charter: CHARTER,
    peer: peerName(site),
    ...said,
    base: null,
    frozen: frozen ?? frozenDigest(spec.adapter, spec.modules),
    payload: payloadRef(payload),
    noise: 0,
    masked: false,
    kernel: 1,
  }
  const classifier = [...tensors].filter(([name]) => name.startsWith('classifier/'))
  const classifierBytes = classifier.reduce((sum, [, { data }]) => sum + data.byteLength, 0)
  return { headerBytes: encodeHeader(header), payload, adapterBytes: payload.length - classifierBytes }
}

/**
 * What every other peer makes of the bytes: decoded, judged, opened.
 *
 * @throws PeermergeError ERR_EXPERIMENT_CONTRIBUTION - a peer would have rejected it, and says why
 */
export function received(
  spec: MergeSpec,
  { headerBytes, payload }: SentContribution,
  frozen?: string,
): ContributionView {
  const header = decodeHeader(headerBytes)
  const judged = validateHeader(spec, header, frozen)
  const checked = judged.ok ? validatePayload(spec, header, memorySource(payload)) : judged
  if (checked.ok) return checked.view
  const text = `${header.peer}, generation ${header.generation}: ${checked.message} (${checked.reason})`
  throw new PeermergeError('ERR_EXPERIMENT_CONTRIBUTION', text, { id: contributionId(headerBytes) })
}

/** Names ascend with the sites' numbers. */
function peerName(site: number): string {
  return `site-${String(site).padStart(4, '0')}`
}
