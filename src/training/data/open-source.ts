import type { SiteData } from '../types.ts'
import { imageFolderSource } from './image/image-folder.ts'
import type { SampleSource } from './samples.ts'
import { isTablePath } from './table/open-table.ts'
import { tableSource } from './table/table-source.ts'

/** Lists a site's data: a folder of class folders with images, or a table of texts. @throws DatasetError */
export async function openSource(data: SiteData, signal?: AbortSignal): Promise<SampleSource> {
  return isTablePath(data.path) ? tableSource(data, signal) : imageFolderSource(data)
}
