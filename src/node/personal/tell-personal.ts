import type { EvaluatedModel } from '../../training/index.ts'
import type { EventHub } from '../event-hub.ts'
import type { FittedSite } from '../fit-site.ts'
import type { MergeSource } from '../merge-source.ts'
import type { HeldOutResults } from '../scores/held-out-results.ts'
import type { TrainerHost } from '../site-trainer.ts'
import type { NodeStore } from '../types.ts'
import { compareModels } from './compare-models.ts'

export interface TellPersonalInit {
  readonly site: Pick<FittedSite, 'identity' | 'roster'>
  readonly store: Pick<NodeStore, 'get'>
  readonly merge: Pick<MergeSource, 'newest'>
  readonly trainer: Pick<TrainerHost, 'use'>
  readonly results: Pick<HeldOutResults, 'evaluate'>
  readonly hub: Pick<EventHub, 'emit'>
}

/** Compares a site's own model, just trained, with the merge, and emits `personal`; says nothing where nothing is held out. */
export async function tellPersonal(
  { site, store, merge, trainer, results, hub }: TellPersonalInit,
  model: EvaluatedModel,
  contributions: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const merged = merge.newest?.result
  const found = await trainer.use(signal, (one, work) =>
    compareModels(one, model, merged, { ...work, results }),
  )
  if (found === null) return
  const peers = new Set(contributions.map((id) => store.get(id)?.header.peer))
  const others = site.roster.members.filter(({ id }) => id !== site.identity.peer && peers.has(id))
  hub.emit({ type: 'personal', ...found, others: others.map(({ name }) => name) })
}
