import { loadSite } from './load-site.ts'
import type { LoadedSite } from './load-site.ts'
import { MemoryBudget } from './memory-budget.ts'
import { openSource } from './open-source.ts'
import type { SampleFormat } from './samples.ts'
import { Progress } from '../progress.ts'
import type { Clock } from '../progress.ts'
import type { SiteData, WorkOptions } from '../types.ts'

export interface LoadDataOptions extends WorkOptions {
  /** For the samples of all sites. @default 1 GiB */
  readonly memoryBytes?: number | undefined
}

/** Lists and encodes the samples of all sites. @throws DatasetError */
export async function loadData(
  data: readonly SiteData[],
  format: SampleFormat,
  now: Clock,
  { signal, onProgress, memoryBytes }: LoadDataOptions = {},
): Promise<LoadedSite[]> {
  const sources = await Promise.all(data.map((site) => openSource(site, signal)))
  const total = sources.reduce((sum, source) => sum + (source.total ?? 0), 0)
  const progress = new Progress('load', total, now)
  const onSample = (): void => onProgress?.(progress.advance(1))

  const budget = new MemoryBudget(memoryBytes)
  const sites: LoadedSite[] = []
  try {
    for (const [i, source] of sources.entries())
      sites.push(await loadSite(data[i]!, source, format, { signal, onSample, budget }))
    return sites
  } catch (error) {
    for (const site of sites) site.close()
    throw error
  }
}
