import { readFile } from 'node:fs/promises'
import type { EvaluatedModel } from '../../training/index.ts'
import type { EventHub } from '../event-hub.ts'
import type { FittedSite } from '../fit-site.ts'
import type { MergeSource } from '../merge-source.ts'
import type { HeldOutResults } from '../scores/held-out-results.ts'
import { sha256 } from '../serving/served-model.ts'
import type { ServingDesk } from '../serving/serving-desk.ts'
import type { TrainerHost } from '../site-trainer.ts'
import type { NodeStore } from '../types.ts'
import { compareModels } from './compare-models.ts'

export interface TellPersonalInit {
  readonly site: Pick<FittedSite, 'identity' | 'roster' | 'paths'>
  readonly store: Pick<NodeStore, 'get'>
  readonly merge: Pick<MergeSource, 'newest'>
  readonly trainer: Pick<TrainerHost, 'use'>
  readonly results: Pick<HeldOutResults, 'evaluate'>
  readonly hub: Pick<EventHub, 'emit'>
  readonly serving: Pick<ServingDesk, 'consider'>
}

/** Compares a site's own model, just trained and kept, with the merge, offers it to be served, and emits `personal`; says nothing where nothing is held out. */
export async function tellPersonal(
  { site, store, merge, trainer, results, hub, serving }: TellPersonalInit,
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
  const file = site.paths.personal
  await serving.consider({ kind: 'personal', digest: sha256(await readFile(file)), file, model })
  hub.emit({ type: 'personal', ...found, others: others.map(({ name }) => name) })
}
