import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { HomePaths } from '../home.ts'
import { keptMerges } from '../merge-files.ts'
import { findModel, type FoundModel } from '../predict/find-model.ts'
import type { ModelChoice } from '../predict/model-choice.ts'
import { readServing, servedFile, type Served, type ServedKind } from './served-model.ts'

/** A model that a site could serve, or does. */
export interface SiteModel {
  readonly kind: ServedKind
  readonly found: FoundModel
  readonly file: string
  readonly isServed: boolean
}

/**
 * What a home has to choose from: what is served, the newest merge, the site's own model, and the site alone where that was trained.
 *
 * @param alone - a file of that. @default the one in the home, if there is one
 * @throws as `findModel`
 */
export async function siteModels(paths: HomePaths, alone: string | undefined): Promise<readonly SiteModel[]> {
  const serving = await readServing(paths.served)
  const served = serving === undefined ? [] : [await servedOf(paths, serving.current)]
  const newer: SiteModel[] = []
  for (const { kind, choice, file } of await offered(paths, alone)) {
    const found = await findModel(paths, choice)
    if (found.name.digest !== serving?.current.digest) newer.push({ kind, found, file, isServed: false })
  }
  return [...served, ...newer]
}

interface Offer {
  readonly kind: ServedKind
  readonly choice: ModelChoice
  readonly file: string
}

async function offered(paths: HomePaths, named: string | undefined): Promise<readonly Offer[]> {
  const { merges, personal } = paths
  const alone = named ?? (existsSync(paths.alone) ? paths.alone : undefined)
  const [digest] = await keptMerges(merges)
  const offers: Offer[] = []
  if (digest !== undefined) offers.push({ kind: 'merged', choice: { kind: 'merged', digest }, file: join(merges, `${digest}.safetensors`) }) // prettier-ignore
  if (existsSync(personal)) offers.push({ kind: 'personal', choice: { kind: 'personal' }, file: personal })
  if (alone !== undefined) offers.push({ kind: 'alone', choice: { kind: 'file', file: alone }, file: alone })
  return offers
}

async function servedOf(paths: HomePaths, current: Served): Promise<SiteModel> {
  const found = await findModel(paths, { kind: 'served' })
  return { kind: current.kind, found, file: servedFile(paths.served, current), isServed: true }
}
