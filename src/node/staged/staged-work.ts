import type { NetworkRounds, RoundStatus } from '../../gossip/index.ts'
import {
  formatAgenda,
  phaseAt,
  rowsOfTask,
  specAt,
  type RoundTerms,
  type TaskStep,
} from '../../merge/index.ts'
import type { ContributionDraft } from '../assemble-contribution.ts'
import { PublishRefusedError } from '../errors.ts'
import type { FittedSite } from '../fit-site.ts'
import { memberName, namesInOrder } from '../member-name.ts'
import type { PublishGate } from '../publish-gate/publish-gate.ts'
import { listensText } from '../site-data.ts'
import type { TrainerHost } from '../site-trainer.ts'
import type { NodeStore } from '../types.ts'
import { declareTasks } from '../schedule/declare-tasks.ts'
import { isBelowFloor } from '../schedule/continuous-work.ts'
import type { Decision } from '../schedule/schedule.ts'
import type { Work } from '../schedule/schedule-loop.ts'
import { adapterDraft, gramsDraft, inModelRows } from '../schedule/site-work.ts'
import { describeAgenda } from '../status/agenda-text.ts'
import type { WorkSource } from '../schedule/work-source.ts'
import type { StagedMerge } from './staged-merge.ts'
import { ownIn } from './staged-source.ts'
import { counted } from '../units.ts'

export interface StagedWorkInit {
  readonly site: FittedSite
  readonly store: NodeStore
  readonly merge: StagedMerge
  readonly trainer: Pick<TrainerHost, 'train' | 'grams' | 'look'>
  readonly gate: Pick<PublishGate, 'check'>
  readonly signal: AbortSignal
  rounds(): NetworkRounds
}

/** The staged schedule of one site: what the round under way asks of it, and no more. */
export class StagedWork implements WorkSource {
  readonly #init: StagedWorkInit
  #counts: readonly number[] | null = null
  /** Steps of tasks that this site cannot make anything for, and why: in this round, or where its data are too few in all. */
  readonly #refused = new Map<string, { readonly reason: string; readonly round: number | null }>()
  /** What is being made, and for which round. */
  #making: { readonly round: number; readonly ending: AbortController } | undefined

  constructor(init: StagedWorkInit) {
    this.#init = init
  }

  /** For the rounds: nobody is to wait for this site. */
  hasNothing(task: string | null, phase: 'train' | 'end'): boolean {
    const { site } = this.#init
    if (!site.config.contribute || this.#refusal(task, phase) !== undefined) return true
    if (this.#counts === null) return false
    return rowsOfTask(site.spec, task).every((row) => this.#counts![row] === 0)
  }

  decide(): Decision {
    const { config } = this.#init.site
    const { contribute } = config
    if (this.#counts === null && contribute) return { kind: 'look', text: 'reading the data of this site' }
    const { merge, store, site } = this.#init
    const rounds = this.#init.rounds()
    const { round, agenda } = merge.chain
    if (rounds.start.round > round) return waitFor(catchingUp(merge, rounds.start.round))
    if (agenda === null)
      return { kind: 'idle', text: `round ${round}: all tasks are merged; waits for another` }
    const what = this.#describe(round, agenda)
    if (!contribute) return { kind: 'idle', text: `${what}: ${listensText(config)}` }
    if (!rounds.isAcceptor) return waitFor(`${what}: takes part from the next round on`)
    const isMade = ownIn(round, site.identity.peer, site.roster.counting(store)) !== undefined
    const phase = phaseAt(site.spec.staged!, agenda) === 'end' ? 'end' : 'train'
    if (isMade || this.hasNothing(agenda.task, phase)) return this.#awaiting(this.#passing(what, agenda, phase), rounds.status()) // prettier-ignore
    const { task } = agenda
    if (phase === 'end') return { kind: 'measure', text: `${what}: measuring Grams`, task, anchor: null }
    return { kind: 'train', text: `${what}: training`, task, generation: round + 1, base: merge.chain.base }
  }

  #passing(what: string, { task }: TaskStep, phase: 'train' | 'end'): string {
    const refused = this.#refusal(task, phase)
    if (refused !== undefined) return `${what}, this site passes (${refused})`
    return this.hasNothing(task, phase) ? `${what}, this site has no samples of it and passes` : what
  }

  #refusal(task: string | null, phase: 'train' | 'end'): string | undefined {
    const { reason, round } = this.#refused.get(keyOf(task, phase)) ?? {}
    return round === null || round === this.#init.merge.chain.round ? reason : undefined
  }

  async perform(work: Work): Promise<ContributionDraft | null> {
    if (work.kind === 'look') return await this.#look()
    if (work.kind === 'renew') return null // no site of a charter with rounds keeps a model of its own
    const { merge, signal } = this.#init
    const { round } = merge.chain
    const at = merge.termsAt(round) as RoundTerms
    const ending = new AbortController()
    this.#making = { round, ending }
    const stop = AbortSignal.any([signal, ending.signal])
    try {
      return await (work.kind === 'train' ? this.#train(at, stop) : this.#measure(at, stop))
    } catch (error) {
      const isPast = merge.chain.round !== round && !signal.aborted
      if (isPast) return null // it was decided without this site
      throw error
    } finally {
      this.#making = undefined
    }
  }

  gaveUp(work: Work, error: unknown): void {
    if (work.kind === 'look' || work.kind === 'renew') return
    const reason = error instanceof Error ? error.message : String(error)
    const round = isBelowFloor(error) ? null : this.#init.merge.chain.round
    this.#refused.set(keyOf(work.task, work.kind === 'train' ? 'train' : 'end'), { reason, round })
    void this.#init.rounds().review()
  }

  published(): void {
    void this.#init.rounds().review()
  }

  /** What is being made for a round that is over would count no more. The next round may have begun before this is told. */
  merged(): void {
    const { round } = this.#init.merge.chain
    if (this.#making !== undefined && this.#making.round < round) {
      const problem = `round ${this.#making.round} has been decided`
      this.#making.ending.abort(new PublishRefusedError('past-round', problem, { round: this.#making.round }))
    }
    void this.#init.rounds().review()
  }

  async #look(): Promise<null> {
    const { site, trainer, signal } = this.#init
    const { train } = await trainer.look(signal)
    await declareTasks(site, train.classCounts)
    this.#counts = train.classCounts
    await this.#init.rounds().review()
    return null
  }

  async #train(at: RoundTerms, signal: AbortSignal): Promise<ContributionDraft> {
    const { site, store, trainer, merge, gate } = this.#init
    const { spec, identity, charterDigest } = site
    const phase = at.phase === 'A' ? 'A' : 'B'
    const seed = `${charterDigest} ${identity.peer} ${store.nextSequence(identity.peer)}`
    const { adapter, classifier } = merge.chain.state
    const from = { adapter, classifier: inModelRows(spec, at.task, classifier) }
    const classes = rowsOfTask(spec, at.task)
    const options = { seed, classes, factors: phase, grams: spec.staged!.grams[phase] } as const
    const result = await trainer.train(from, options, signal)
    await gate.check({ from, trained: result.state, classes }, signal)
    return { ...adapterDraft(spec, { ...at, generation: at.round + 1 }, result), at }
  }

  async #measure(at: RoundTerms, signal: AbortSignal): Promise<ContributionDraft> {
    const { site, trainer, merge } = this.#init
    const { spec } = site
    const { adapter } = merge.chain.state
    const classes = rowsOfTask(spec, at.task)
    const grams = await trainer.grams(adapter, spec.staged!.grams.A, { classes }, signal)
    return { ...gramsDraft(specAt(spec, at), { ...at, generation: at.round + 1 }, classes, grams), at }
  }

  #describe(round: number, agenda: TaskStep): string {
    const { spec, ledger } = this.#init.site
    const taskName = (task: string): string | undefined => ledger.state.tasks.get(task)?.name
    return `round ${round} (${describeAgenda(spec.staged!, formatAgenda(agenda), taskName).text})`
  }

  #awaiting(what: string, { phase, acceptors, missing, able, needed }: RoundStatus): Decision {
    const names = (peers: readonly string[]): string[] =>
      namesInOrder(peers, (peer) => memberName(this.#init.site.roster, peer))
    if (phase === 'no-majority' || phase === 'forgotten') {
      const gone = names(missing)
      const why = phase === 'forgotten' ? 'more than half have lost their memory of it' : `${able} of the ${needed} that must vote are here` // prettier-ignore
      return waitFor(`${what}: no majority, ${why}; missing: ${gone.join(', ')}; nothing is lost`, gone)
    }
    const awaited = names(acceptors.filter(({ did }) => did === 'awaited').map(({ peer }) => peer))
    if (awaited.length === 0) return waitFor(`${what}: the cut is being decided`)
    return waitFor(`${what}: waiting for: ${awaited.join(', ')}`, awaited)
  }
}

function waitFor(text: string, waitingFor: readonly string[] = []): Decision {
  return { kind: 'wait', text, waitingFor, until: null }
}

function catchingUp({ chain, missing }: StagedMerge, round: number): string {
  const lacks = missing === 0 ? '' : `, ${counted(missing, 'contribution')} of it on their way`
  return `catching up: round ${chain.round} of ${round}${lacks}`
}

const keyOf = (task: string | null, phase: 'train' | 'end'): string => `${task ?? ''} ${phase}`
