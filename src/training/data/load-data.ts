import { loadSite } from './load-site.ts'
import type { LoadedSite } from './load-site.ts'
import { openSource } from './open-source.ts'
import type { SampleFormat } from './samples.ts'
import { Progress } from '../progress.ts'
import type { Clock } from '../progress.ts'
import type { SiteData, WorkOptions } from '../types.ts'

/** Lists and encodes the samples of all sites. @throws DatasetError */
export async function loadData(
  data: readonly SiteData[],
  format: SampleFormat,
  now: Clock,
  { signal, onProgress }: WorkOptions,
): Promise<LoadedSite[]> {
  const sources = await Promise.all(data.map(openSource))
  const total = sources.reduce((sum, source) => sum + (source.total ?? 0), 0)
  const progress = new Progress('load', total, now)
  const onSample = (): void => onProgress?.(progress.advance(1))

  const sites: LoadedSite[] = []
  for (const [i, source] of sources.entries()) {
    sites.push(await loadSite(data[i]!, source, format, { signal, onSample }))
  }
  return sites
}
