import { readFile } from 'node:fs/promises'
import { sha256Hex } from '../../merge/index.ts'
import type { EvaluatedModel } from '../../training/index.ts'
import type { EventHub } from '../event-hub.ts'
import type { FittedSite } from '../fit-site.ts'
import type { MergeSource } from '../merge-source.ts'
import type { NodeEvent } from '../node-event.ts'
import type { HeldOutResults } from '../scores/held-out-results.ts'
import type { ServingDesk } from '../serving/serving-desk.ts'
import type { TrainerHost } from '../site-trainer.ts'
import type { NodeStore } from '../types.ts'
import { compareModels, type ComparedModels, type ModelComparison } from './compare-models.ts'
import { madeOf, personalModel, type PersonalState } from './personal-state.ts'

export interface TellPersonalInit {
  readonly site: Pick<FittedSite, 'identity' | 'roster' | 'paths'>
  readonly store: Pick<NodeStore, 'get'>
  readonly merge: Pick<MergeSource, 'newest'>
  readonly trainer: Pick<TrainerHost, 'use'>
  readonly results: Pick<HeldOutResults, 'evaluate'>
  readonly hub: Pick<EventHub, 'emit'>
  readonly serving: Pick<ServingDesk, 'consider'>
}

/** What became of a model that was compared. */
type Become = Pick<Extract<NodeEvent, { type: 'personal' }>, 'renewal' | 'offered'>

/** Compares a site's own model, just trained and kept, with the merge, offers it to be served, and emits `personal`; says nothing where nothing is held out. */
export async function tellPersonal(
  init: TellPersonalInit,
  personal: PersonalState,
  signal: AbortSignal,
): Promise<void> {
  const models = { personal: personalModel(personal), merged: init.merge.newest?.result }
  const found = await compareOwn(init, models, signal)
  if (found === null) return
  await offer(init, models.personal)
  tellComparison(init, found, { personal, renewal: null, offered: 'personal' })
}

/** On this site's held-out samples; null where there are none. */
export function compareOwn(
  { trainer, results }: Pick<TellPersonalInit, 'trainer' | 'results'>,
  models: ComparedModels,
  signal: AbortSignal,
): ReturnType<typeof compareModels> {
  return trainer.use(signal, (one, work) => compareModels(one, models, { ...work, results }))
}

/** Emits `personal`. */
export function tellComparison(
  init: Pick<TellPersonalInit, 'site' | 'store' | 'hub'>,
  { samples, personal: right, merged }: ModelComparison,
  { personal, ...become }: Become & { readonly personal: PersonalState },
): void {
  const others = namesOf(init, madeOf(personal))
  init.hub.emit({ type: 'personal', samples, personal: right, merged, others, ...become })
}

/** Offers the own model as it is kept to be served. */
export async function offer(
  { site, serving }: Pick<TellPersonalInit, 'site' | 'serving'>,
  model: EvaluatedModel,
): Promise<void> {
  const file = site.paths.personal
  await serving.consider({ kind: 'personal', digest: sha256Hex(await readFile(file)), file, model })
}

/** Whose contributions these are, in the order of the roster; former members last. */
export function namesOf(
  { site: { roster, identity }, store }: Pick<TellPersonalInit, 'site' | 'store'>,
  contributions: readonly string[],
): readonly string[] {
  const peers = new Set(contributions.map((id) => store.get(id)?.header.peer))
  const known = [...roster.members, ...roster.former]
  return known.filter(({ id }) => id !== identity.peer && peers.has(id)).map(({ name }) => name)
}
