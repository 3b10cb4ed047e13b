import type { Verdict } from '../gossip/index.ts'
import {
  afterRound,
  CHUNK_BYTES,
  memorySource,
  mergeContributions,
  mergeModules,
  modelInUse,
  openContribution,
  restOfWorld,
  specAt,
  validateHeader,
  validatePayload,
  type Agenda,
  type ByteSource,
  type ContributionHeader,
  type ContributionView,
  type MergedModules,
  type MergeResult,
  type MergeSpec,
  type OwnClassifierInit,
  type RestForm,
  type RestOfWorld,
  type RoundTerms,
  type StagedChain,
} from '../merge/index.ts'
import {
  assembleContribution,
  type AssembledContribution,
  type ContributionDraft,
} from './assemble-contribution.ts'
import type { Charter } from './charter.ts'
import { chunkSource } from './chunk-source.ts'
import { mergeKept } from './kept-merge.ts'
import { assertFinite } from './assert-finite.ts'
import { ownModel, type OwnModel } from './personal/own-model.ts'

/** A contribution as the merge worker is told of it. */
export interface ContributionFiles {
  readonly id: string
  readonly header: ContributionHeader
  /** The payload's chunk files in order, or its bytes. */
  readonly payload: readonly string[] | Uint8Array
}

export interface MergeJob {
  readonly kind: 'merge'
  readonly spec: MergeSpec
  readonly charter: string
  readonly carried?: readonly string[] | undefined
  readonly contributions: readonly ContributionFiles[]
  /** All of the charter's, where other threads have merged them already. */
  readonly modules?: MergedModules
}

/** Some modules of a merge. */
export interface ModulesJob {
  readonly kind: 'modules'
  readonly spec: MergeSpec
  readonly contributions: readonly ContributionFiles[]
  readonly names: readonly string[]
}

/** One more round of the staged schedule. */
export interface RoundJob {
  readonly kind: 'round'
  /** Of the consortium. */
  readonly spec: MergeSpec
  /** Digest of the founding charter: what a round is called does not hang on amendments. */
  readonly charter: string
  /** Digests of the charters under which contributions to it may have been made. */
  readonly carried: readonly string[]
  readonly chain: StagedChain
  /** Of the decided cut. */
  readonly contributions: readonly ContributionFiles[]
  readonly next: Agenda
}

/** The model in use that all decided rounds lead to. */
export interface ModelJob {
  readonly kind: 'model'
  readonly spec: MergeSpec
  readonly charter: string
  readonly chain: StagedChain
  readonly statistics: readonly ContributionFiles[]
  /** Of the ends of tasks. */
  readonly grams: readonly ContributionFiles[]
}

/** What the others of a peer add up to. */
export interface RestJob {
  readonly kind: 'rest'
  readonly spec: MergeSpec
  readonly contributions: readonly ContributionFiles[]
  readonly peer: string
  readonly form: RestForm
}

/** A classifier of one site's own. */
export interface OwnJob {
  readonly kind: 'own'
  readonly spec: MergeSpec
  /** Those that the merge counts. */
  readonly statistics: readonly ContributionFiles[]
  readonly own: OwnClassifierInit
}

export interface ValidateJob {
  readonly kind: 'validate'
  /** Of the consortium. */
  readonly spec: MergeSpec
  /** Of a contribution to a round. */
  readonly at?: RoundTerms | undefined
  readonly contribution: ContributionFiles
}

/** Payload and header of a contribution. */
export interface AssembleJob {
  readonly kind: 'assemble'
  readonly charter: Charter
  /** Digest of the founding charter. @default the charter's */
  readonly consortium?: string | undefined
  /** With the tasks that have been opened. @default the charter's */
  readonly spec?: MergeSpec | undefined
  readonly peer: string
  readonly sequence: number
  readonly draft: ContributionDraft
}

export type WorkerJob =
  MergeJob | ModulesJob | RoundJob | ModelJob | RestJob | OwnJob | ValidateJob | AssembleJob
export type WorkerResult =
  MergeResult | MergedModules | StagedChain | RestOfWorld | OwnModel | null | Verdict | AssembledContribution

/** Does a job of the merge worker; a function of the job and of the files that it names, whatever is kept between jobs. */
export function runJob(job: WorkerJob): WorkerResult {
  switch (job.kind) {
    case 'merge': {
      const { spec, charter, carried, contributions, modules } = job
      const context = { charter, carried }
      if (spec.sums === 'exact') return mergeKept({ spec, context, contributions, open: openFiles })
      return mergeContributions(spec, context, contributions.map(openFiles), modules)
    }
    case 'assemble':
      assertFinite(job.draft)
      return assembleContribution(job.charter, job.peer, job.sequence, job.draft, job.consortium, job.spec)
    case 'modules':
      return mergeModules(job.spec, job.contributions.map(openFiles), job.names)
    case 'validate':
      return judgeContribution(job.spec, job.contribution.header, filesSource(job.contribution), job.at)
    case 'round': {
      const context = { charter: job.charter, carried: job.carried }
      return afterRound(job.spec, context, job.chain, job.contributions.map(openFiles), job.next)
    }
    case 'model':
      return useModel(job)
    case 'rest':
      return restOfWorld(job.spec, job.contributions.map(openFiles), job.peer, job.form)
    case 'own':
      return ownModel(job.spec, job.statistics.map(openFiles), job.own) ?? null
  }
}

/** Verdict on header and payload of one contribution; the first thing wrong is the reason. */
export function judgeContribution(
  whole: MergeSpec,
  header: ContributionHeader,
  payload: ByteSource,
  at?: RoundTerms,
): Verdict {
  const spec = specAt(whole, at)
  const judged = validateHeader(spec, header, at)
  const checked = judged.ok ? validatePayload(spec, header, payload) : judged
  return checked.ok ? { kind: 'accept' } : { kind: 'reject', reason: checked.reason }
}

function useModel({ spec, charter, chain, statistics, grams }: ModelJob): MergeResult {
  const files = new Map(grams.map((one) => [one.id, one]))
  return modelInUse(spec, { charter }, chain, {
    statistics: statistics.map(openFiles),
    open: (id) => openFiles(files.get(id)!),
  })
}

function openFiles(files: ContributionFiles): ContributionView {
  return openContribution(files.id, files.header, filesSource(files))
}

function filesSource({ header, payload }: ContributionFiles): ByteSource {
  if (payload instanceof Uint8Array) return memorySource(payload)
  const { size, chunks: digests } = header.payload
  return chunkSource({ size, chunkBytes: CHUNK_BYTES, digests, paths: payload })
}
