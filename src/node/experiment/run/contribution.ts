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
  RoundTerms,
  WritableTensor,
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
  /** Masks are bytes. */
  readonly tensors: ReadonlyMap<string, WritableTensor>
  /** Where factors take turns: which is trained, and the digest of the other. @default what is frozen follows from the adapter's seed */
  readonly turn?: Pick<RoundTerms, 'phase' | 'frozen'> | undefined
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
  const { site, tensors, turn, ...said } = draft
  const payload = writeContribution(spec, draft.kind, tensors)
  const header: ContributionHeader = {
    v: 1,
    consortium: CHARTER,
    charter: CHARTER,
    peer: peerName(site),
    ...said,
    task: taskId(draft.task),
    round: turn === undefined ? null : draft.generation,
    phase: turn?.phase ?? null,
    base: null,
    frozen: turn?.frozen ?? frozenDigest(spec.adapter, spec.modules),
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
  turn?: Draft['turn'],
): ContributionView {
  const header = decodeHeader(headerBytes)
  const under = ofTask(spec, header.task)
  const at = turn && { ...turn, round: header.generation, task: header.task, base: null }
  const judged = validateHeader(under, header, at)
  const checked = judged.ok ? validatePayload(under, header, memorySource(payload)) : judged
  if (checked.ok) return checked.view
  const text = `${header.peer}, generation ${header.generation}: ${checked.message} (${checked.reason})`
  throw new PeermergeError('ERR_EXPERIMENT_CONTRIBUTION', text, { id: contributionId(headerBytes) })
}

/** As contributions say it. */
export function taskId(task: number): string | null {
  return task === 0 ? null : task.toString(16).padStart(64, '0')
}

/** Where the spec knows of no tasks, contributions to any have rows for all classes. */
function ofTask(spec: MergeSpec, task: string | null): MergeSpec {
  const { classes, tasks } = spec
  return task === null || tasks !== undefined
    ? spec
    : { ...spec, tasks: [null, task].map((id) => ({ id, classes })) }
}

/** Names ascend with the sites' numbers. */
export function peerName(site: number): string {
  return `site-${String(site).padStart(4, '0')}`
}
