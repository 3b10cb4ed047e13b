import { imageDecoder } from './data/image/image-decoder.ts'
import { listImageFolder } from './data/image/image-folder.ts'
import { loadSite } from './data/load-site.ts'
import type { LoadedSite } from './data/load-site.ts'
import { Progress } from './progress.ts'
import type { Clock } from './progress.ts'
import type { SiteData, WorkOptions } from './types.ts'

/** Lists and decodes the images of all sites. @throws DatasetError */
export async function loadData(
  data: readonly SiteData[],
  side: number,
  now: Clock,
  { signal, onProgress }: WorkOptions,
): Promise<LoadedSite[]> {
  const folders = await Promise.all(data.map(listImageFolder))
  const total = folders.reduce((sum, { train, heldOut }) => sum + train.length + heldOut.length, 0)
  const progress = new Progress('load', total, now)
  const decode = await imageDecoder()
  const onDecoded = (): void => onProgress?.(progress.advance(1))

  const sites: LoadedSite[] = []
  for (const folder of folders) sites.push(await loadSite(folder, side, decode, { signal, onDecoded }))
  return sites
}
