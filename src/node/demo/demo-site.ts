import { rename, rm } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { SURFACE_SITES, writeSurfaceSite } from '../../training/index.ts'
import { makeDirectory } from '../atomic-file.ts'

export interface DemoSiteOptions {
  /** Which site, from 1; past the built-in ones their industries come again, with pictures of their own. */
  readonly number: number
  /** Folder that the class folders come into; what was there is replaced. */
  readonly out: string
  readonly count: number
  /** Side of each picture in pixels. */
  readonly size: number
  readonly seed: string
  readonly signal: AbortSignal
}

/** The built-in pictures of one site, whole or not at all. Returns the industry that they are of. */
export async function writeDemoSite(options: DemoSiteOptions): Promise<string> {
  const { number, count, size, seed, signal } = options
  const index = (number - 1) % SURFACE_SITES.length
  const round = Math.floor((number - 1) / SURFACE_SITES.length)
  const out = resolve(options.out)
  const unfinished = join(dirname(out), `.${basename(out)}.unfinished`)
  await rm(unfinished, { recursive: true, force: true })
  await makeDirectory(unfinished)
  const drawn = { seed: round === 0 ? seed : `${seed}/${round}`, count, size }
  const written = await writeSurfaceSite(unfinished, index, drawn, signal)
  await rm(out, { recursive: true, force: true })
  await rename(written, out)
  await rm(unfinished, { recursive: true, force: true })
  return SURFACE_SITES[index]!.name
}
