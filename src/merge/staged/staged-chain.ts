import { tensorFromMatrix, zeros } from '../linear/matrix.ts'
import { digestWriter } from '../format/digest-writer.ts'
import { cutDigest } from '../format/merge-digest.ts'
import type { RoundTerms } from '../admit/validate-header.ts'
import type { MergeContext } from '../merge-result.ts'
import type { Classifier, ContributionView, MergeSpec, StagedSpec } from '../types.ts'
import { specOfTask } from '../tasks/class-rows.ts'
import { phaseAt, type Agenda, type TaskStep } from './agenda.ts'
import { mergeRound, type StagedState } from './merge-round.ts'
import { phaseFrozenDigest } from './phase-frozen.ts'
import { taskStart } from './task-start.ts'

/** A task whose rounds are over, and the contributions that measured its Grams. */
export interface EndedTask extends StagedState {
  readonly task: string | null
  readonly grams: readonly string[]
}

/** What all decided rounds have led to; the same for everybody who knows the same cuts. */
export interface StagedChain {
  /** Rounds that are in it; the number of the one under way. */
  readonly round: number
  /** Of the round under way. */
  readonly agenda: Agenda
  /** Digest of all that came before; null at the start. */
  readonly base: string | null
  /** Of the task under way, with rows for its own classes: whatever is opened later changes no digest of the past. */
  readonly state: StagedState
  readonly ended: readonly EndedTask[]
  /** Ids of all contributions of all cuts. */
  readonly cut: readonly string[]
}

/** Seed of a task's own A. */
const seedOf = (task: string | null): string => task ?? 'charter'

export const FIRST_AGENDA: TaskStep = { task: null, step: 0 }

export function firstChain(spec: MergeSpec): StagedChain {
  return { round: 0, agenda: FIRST_AGENDA, base: null, state: startOf(spec, null), ended: [], cut: [] }
}

/** @throws TypeError - the task has not been opened */
function startOf(spec: MergeSpec, task: string | null): StagedState {
  return { adapter: taskStart(spec, seedOf(task)), classifier: emptyClassifier(ownSpec(spec, task)) }
}

function ownSpec(spec: MergeSpec, task: string | null): MergeSpec {
  const own = specOfTask(spec, task)
  if (own === undefined) throw new TypeError(`task ${task} has not been opened`)
  return own
}

/** What contributions to the round under way must say; undefined where it is about nothing. */
export function termsOf(
  spec: MergeSpec,
  { round, agenda, base, state }: StagedChain,
): RoundTerms | undefined {
  if (agenda === null) return undefined
  const phase = phaseAt(stagedOf(spec), agenda)
  const frozen = phaseFrozenDigest(spec, phase === 'A' ? 'A' : 'B', state.adapter)
  return { round, task: agenda.task, phase, frozen, base }
}

/**
 * The chain after one more round.
 *
 * @param spec - of the charter that the round goes by, with all tasks that have been opened
 * @param contributions - of the decided cut, checked under the terms of the round
 * @param next - what the cut says that the round after it is about
 */
export function afterRound(
  spec: MergeSpec,
  context: MergeContext,
  chain: StagedChain,
  contributions: readonly ContributionView[],
  next: Agenda,
): StagedChain {
  const ids = contributions.map(({ id }) => id)
  const stepped = chain.agenda === null ? chain : afterStep(spec, context, chain, chain.agenda, contributions)
  const cut = [...chain.cut, ...ids].sort()
  const { ended, state } = stepped
  return {
    round: chain.round + 1,
    agenda: next,
    base: stepped.base,
    state: next?.step === 0 ? startOf(spec, next.task) : state,
    ended,
    cut,
  }
}

function afterStep(
  spec: MergeSpec,
  context: MergeContext,
  chain: StagedChain,
  agenda: TaskStep,
  contributions: readonly ContributionView[],
): Pick<StagedChain, 'base' | 'state' | 'ended'> {
  const staged = stagedOf(spec)
  const { state, ended } = chain
  const phase = phaseAt(staged, agenda)
  if (phase === 'end') {
    const grams = contributions.map(({ id }) => id).sort()
    const digest = cutDigest(context.charter, grams)
    return { base: chained(chain, digest), state, ended: [...ended, { ...state, task: agenda.task, grams }] }
  }
  const round = { phase, grams: staged.grams, from: state }
  const { adapter, classifier, digests } = mergeRound(
    ownSpec(spec, agenda.task),
    context,
    round,
    contributions,
  )
  return { base: chained(chain, digests.merge), state: { adapter, classifier }, ended }
}

function chained({ base, round }: StagedChain, digest: string): string {
  return digestWriter('peermerge/staged/1')
    .text(base ?? '')
    .integer(round)
    .text(digest)
    .digest()
}

/** @throws TypeError - the spec has no rounds */
export function stagedOf({ staged }: MergeSpec): StagedSpec {
  if (staged === undefined) throw new TypeError('the spec has no rounds')
  return staged
}

export function emptyClassifier({ classes, features }: MergeSpec): Classifier {
  return {
    weight: tensorFromMatrix('classifier/weight', zeros(classes.length, features)),
    bias: tensorFromMatrix('classifier/bias', zeros(classes.length, 1), [classes.length]),
  }
}
