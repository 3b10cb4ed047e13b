import type { ContributionJudge, Verdict } from '../gossip/index.ts'
import {
  partNames,
  specAt,
  specOfTask,
  validateHeader,
  type ContributionHeader,
  type HeaderValidation,
  type MergeSpec,
  type RoundTerms,
} from '../merge/index.ts'
import type { CarriedCharter } from './carried-charters.ts'
import type { Charter } from './charter.ts'
import { CorruptChunkError } from './errors.ts'
import type { Logger } from './logger.ts'
import { filesOf, type MergeClient } from './merge-client.ts'
import type { NodeStore, StoredContribution } from './types.ts'
import { counted } from './units.ts'

export interface JudgeInit extends CharterFacts {
  readonly store: NodeStore
  readonly merges: Pick<MergeClient, 'validate'>
  readonly logger: Logger
  readonly signal: AbortSignal
  /** Earlier charters whose contributions count, by digest; each is judged by its own. @default none */
  readonly carried?: ReadonlyMap<string, CarriedCharter>
  /** Whether the members have agreed on this charter after the one that this node goes by: it is judged when the node goes by it, too. @default none */
  readonly isLater?: (charter: string) => boolean
  /** What contributions to a round of the staged schedule must say; `ahead` as long as that is not known here. @default there are no rounds */
  readonly termsAt?: (round: number) => RoundTerms | undefined | 'ahead'
  /** Whether newer contributions stand in the place of this one. @default of none */
  isSuperseded?(contribution: StoredContribution): boolean
  /** Told once per contribution that has become admitted or rejected here. */
  onVerdict(contribution: StoredContribution, verdict: Verdict): void
}

/**
 * Decides what this node keeps. All peers judge alike, because every rejection follows from the bytes and the charter alone;
 * what depends on the moment (a generation far ahead of what has arrived so far) is held, not rejected.
 */
export function createJudge(init: JudgeInit): ContributionJudge {
  return {
    judgeHeader: (header) => judgeHeader(init, header),
    judgePayload: (id) => judgePayload(init, id),
    letGo: (id, isPruned) => letGo(init, id, isPruned),
  }
}

/** Held: generation-ahead, charter-ahead, unknown-task, round-ahead. Reasons: those of {@link judgeByCharter}. */
function judgeHeader(init: JudgeInit, header: ContributionHeader): Verdict {
  if (init.isLater?.(header.charter) === true) {
    return { kind: 'hold', reason: 'charter-ahead' }
  }
  const facts = factsOf(init, header)
  if (specOfTask(facts.spec, header.task) === undefined) return { kind: 'hold', reason: 'unknown-task' }
  const at = termsOf(init, header)
  if (at === 'ahead') return { kind: 'hold', reason: 'round-ahead' }
  const verdict = judgeByCharter({ ...facts, at }, header)
  if (verdict.kind !== 'accept') return verdict
  const newest = Math.max(0, ...init.store.list('admitted', 'pruned').map((held) => held.header.generation))
  if (header.generation > newest + init.spec.limits.maxGenerationLead) {
    return { kind: 'hold', reason: 'generation-ahead' }
  }
  return verdict
}

function termsOf({ termsAt }: JudgeInit, { round }: ContributionHeader): RoundTerms | undefined | 'ahead' {
  return round === null ? undefined : termsAt?.(round)
}

/** The rules of the charter that a contribution was made under, if it counts here; else those of this node's. */
function factsOf(init: JudgeInit, { charter: digest }: Pick<ContributionHeader, 'charter'>): CharterFacts {
  const carried = init.carried?.get(digest)
  return carried === undefined ? init : { ...init, ...carried, charterDigest: digest }
}

/**
 * What every peer says of a header, whatever else it holds.
 * Reasons: wrong-consortium, wrong-charter, not-a-member, wrong-noise, and those of validateHeader.
 */
export function judgeByCharter(facts: CharterFacts, header: ContributionHeader): Verdict {
  const judged = judgeHeaderByCharter(facts, header)
  return judged.ok ? { kind: 'accept' } : reject(judged.reason)
}

export interface CharterFacts {
  readonly charter: Charter
  readonly charterDigest: string
  readonly spec: MergeSpec
  /** Of a contribution to a round. */
  readonly at?: RoundTerms | undefined
  /** Digest of the founding charter. @default that of `charter` */
  readonly consortium?: string
  /** Who may have made contributions. @default the members of `charter` */
  readonly isAuthor?: (peer: string) => boolean
}

/** As {@link judgeByCharter}, in words as well. */
export function judgeHeaderByCharter(facts: CharterFacts, header: ContributionHeader): HeaderValidation {
  const { charter, charterDigest, spec, consortium: expected = charterDigest } = facts
  const { isAuthor = (id: string) => charter.members.some((member) => member.id === id) } = facts
  const { consortium, charter: under, peer, noise } = header
  if (consortium !== expected) return refuse('wrong-consortium', `consortium ${consortium}, expected ${expected}`) // prettier-ignore
  if (under !== charterDigest) return refuse('wrong-charter', `charter ${under}, expected ${charterDigest}`)
  if (!isAuthor(peer))
    return refuse('not-a-member', `${peer} is none of ${counted(charter.members.length, 'member')}`)
  if (noise !== charter.privacy.noise) return refuse('wrong-noise', `noise ${noise}, expected ${charter.privacy.noise}`) // prettier-ignore
  return validateHeader(specAt(spec, facts.at), header, facts.at)
}

function refuse(reason: string, message: string): HeaderValidation {
  return { ok: false, reason, message }
}

/** Reasons: those of validatePayload; held: unknown, chunk-corrupt. */
async function judgePayload(init: JudgeInit, id: string): Promise<Verdict> {
  const contribution = init.store.get(id)
  if (contribution === undefined) return { kind: 'hold', reason: 'unknown' }
  const known = settledVerdict(contribution)
  if (known !== undefined) return known
  const verdict = await validate(init, contribution)
  if (verdict.kind === 'hold') return verdict
  const rejected = verdict.kind === 'reject'
  await init.store.setVerdict(id, rejected ? 'rejected' : 'admitted', rejected ? verdict.reason : null)
  init.onVerdict(init.store.get(id) ?? contribution, verdict)
  return verdict
}

/**
 * A payload that nobody at hand has, of a contribution that newer ones supersede. Where a contribution may leave out adapter heads, an
 * older one may still hold what the newer ones lack; then somebody must say that it let go of it, and so had seen that it does not count.
 */
async function letGo(init: JudgeInit, id: string, isPruned: boolean): Promise<boolean> {
  const { store, spec } = init
  const contribution = store.get(id)
  if (contribution?.state !== 'fetching' || init.isSuperseded?.(contribution) !== true) return false
  const hasParts = contribution.header.kind === 'adapter' && partNames(spec, spec.modules[0]!).length > 0
  if (hasParts && !isPruned) return false
  await store.setVerdict(id, 'pruned', 'history-gone')
  return true
}

function settledVerdict({ state, reason }: StoredContribution): Verdict | undefined {
  if (state === 'admitted') return { kind: 'accept' }
  return state === 'rejected' ? reject(reason ?? 'rejected') : undefined
}

async function validate(init: JudgeInit, contribution: StoredContribution): Promise<Verdict> {
  const { store, merges, signal, logger } = init
  try {
    const { spec } = factsOf(init, contribution.header)
    const at = termsOf(init, contribution.header)
    if (at === 'ahead') return { kind: 'hold', reason: 'round-ahead' }
    return await merges.validate(filesOf(store, contribution), { signal, spec, at })
  } catch (error) {
    if (!(error instanceof CorruptChunkError)) throw error
    logger.warn({ id: contribution.id, digest: error.digest }, error.problem)
    await store.dropChunk(error.digest)
    return { kind: 'hold', reason: 'chunk-corrupt' }
  }
}

function reject(reason: string): Verdict {
  return { kind: 'reject', reason }
}
