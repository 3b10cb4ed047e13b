import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { HomePaths } from '../home.ts'
import { keptMerges } from '../merge-files.ts'
import { findModel, type FoundModel } from '../predict/find-model.ts'
import { readServing, servedFile, type Served, type ServedKind } from './served-model.ts'

/** A model that a site could serve, or does. */
export interface SiteModel {
  readonly kind: ServedKind
  readonly found: FoundModel
  readonly file: string
  readonly isServed: boolean
}

/**
 * What a home has to choose from: what is served, the newest merge, the site's own model, and the site alone where a file of that is named.
 *
 * @throws as `findModel`
 */
export async function siteModels(paths: HomePaths, alone: string | undefined): Promise<readonly SiteModel[]> {
  const serving = await readServing(paths.served)
  const models: SiteModel[] = serving === undefined ? [] : [await servedOf(paths, serving.current)]
  const [newest] = await keptMerges(paths.merges)
  const offered: readonly (readonly [ServedKind, string])[] = [
    ...(newest === undefined ? [] : [['merged', join(paths.merges, `${newest}.safetensors`)] as const]),
    ...(existsSync(paths.personal) ? [['personal', paths.personal] as const] : []),
    ...(alone === undefined ? [] : [['alone', alone] as const]),
  ]
  for (const [kind, file] of offered) {
    const found = kind === 'merged' ? await findModel(paths, { kind, digest: newest }) : await findModel(paths, kind === 'personal' ? { kind } : { kind: 'file', file }) // prettier-ignore
    const isServed = found.name.digest === serving?.current.digest
    if (!isServed) models.push({ kind, found, file, isServed })
  }
  return models
}

async function servedOf(paths: HomePaths, current: Served): Promise<SiteModel> {
  const found = await findModel(paths, { kind: 'served' })
  return { kind: current.kind, found, file: servedFile(paths.served, current), isServed: true }
}
