import type { Network } from '../gossip/index.ts'
import type { MergeResult } from '../merge/index.ts'
import { saveMerge } from './merge-files.ts'
import type { MergeClient } from './merge-client.ts'
import { MergeLoop } from './merge-loop.ts'
import type { MergeSource } from './merge-source.ts'
import { FedAltTraining } from './personal/fedalt-training.ts'
import { FedSelectTraining } from './personal/fedselect-training.ts'
import type { PayloadKeeping } from './payload-keeping.ts'
import type { Problems } from './problems.ts'
import { PublishGate } from './publish-gate/publish-gate.ts'
import type { RunningSiteInit } from './running-site-init.ts'
import { ContinuousWork } from './schedule/continuous-work.ts'
import { MergedTraining } from './schedule/merged-training.ts'
import type { SiteTraining } from './schedule/site-training.ts'
import type { WorkSource } from './schedule/work-source.ts'
import type { HeldOutResults } from './scores/held-out-results.ts'
import type { ServingDesk } from './serving/serving-desk.ts'
import type { TrainerHost } from './site-trainer.ts'
import { StagedMerge } from './staged/staged-merge.ts'
import { StagedWork } from './staged/staged-work.ts'
import type { MergeSummary, NodeStore, StoredContribution } from './types.ts'

export interface SiteMergeInit extends RunningSiteInit {
  readonly store: NodeStore
  readonly network: Network
  readonly merges: MergeClient
  readonly keeping: PayloadKeeping
  readonly trainer: TrainerHost
  readonly problems: Problems
  readonly results: HeldOutResults
  readonly serving: ServingDesk
  onNothing(): void
  onMerged(summary: MergeSummary): void
}

/** What a running site merges, and what it makes next from that. */
export interface SiteMerge {
  readonly merge: MergeSource
  /** @param settleUntil - until when to wait for a first exchange with a peer; null once that is over */
  readonly work: (settleUntil: () => number | null) => WorkSource
  /** Where its charter has rounds. */
  readonly staged?: { readonly merge: StagedMerge; readonly work: StagedWork }
}

/** By the charter's schedule. */
export function siteMerge(init: SiteMergeInit): SiteMerge {
  return init.site.spec.staged === undefined ? continuously(init) : inRounds(init)
}

function continuously(init: SiteMergeInit): SiteMerge {
  const { site } = init
  const merge = new MergeLoop({
    ...common(init),
    counts: (header) => site.roster.counts(header),
    merges: { merge: (...job) => timed(init, init.merges.merge(...job)) },
    onNothing: () => init.onNothing(),
  })
  return {
    merge,
    work: (settleUntil) =>
      new ContinuousWork({ ...init, merge, training: trainingOf(init, merge), settleUntil }),
  }
}

/** From the merge, or where the charter has sites keep models of their own, from that. */
function trainingOf(init: SiteMergeInit, merge: MergeLoop): SiteTraining {
  const gate = new PublishGate(init)
  const { personal } = init.site.charter
  if (personal === undefined || personal.method === 'means')
    return new MergedTraining({ ...init, merge, gate })
  if (personal.method === 'fedselect') return new FedSelectTraining({ ...init, merge, gate, rules: personal })
  return new FedAltTraining({ ...init, merge, gate, form: personal.rest })
}

function inRounds(init: SiteMergeInit): SiteMerge {
  const { site, store, network, merges } = init
  const { spec, roster } = site
  const isStatistic = ({ header }: StoredContribution): boolean => header.kind === 'statistics'
  const merge = new StagedMerge({
    ...common(init),
    spec,
    merges: {
      round: (...job) => timed(init, merges.round(...job)),
      model: (...job) => timed(init, merges.model(...job)),
    },
    rounds: () => network.rounds,
    statistics: () => roster.counting(store).list('admitted').filter(isStatistic),
    onRound: () => void network.retryHeld(),
  })
  const work = new StagedWork({ ...init, merge, gate: new PublishGate(init), rounds: () => network.rounds! })
  network.events.on('round-decided', () => merge.request())
  return { merge, work: () => work, staged: { merge, work } }
}

function common(init: SiteMergeInit) {
  const { site, store, signal, keeping, problems } = init
  return {
    store,
    signal,
    save: (result: MergeResult, summary: MergeSummary) => {
      const origin = { charter: site.charterDigest, spec: site.spec }
      return saveMerge(site.paths.merges, result, summary, origin, site.config.retention)
    },
    afterMerge: (result: MergeResult, known: readonly StoredContribution[]) => keeping.merged(result, known),
    onMerged: (summary: MergeSummary) => init.onMerged(summary),
    onProblem: (error: unknown) => problems.failed('merge', error),
  }
}

async function timed<T>({ now, onMergeTook }: SiteMergeInit, job: Promise<T>): Promise<T> {
  const since = now()
  const result = await job
  onMergeTook(now() - since)
  return result
}
