import type { SiteData } from '../types.ts'
import { imageFolderSource } from './image/image-folder.ts'
import type { SampleSource } from './samples.ts'

/** Lists a site's data: a folder of class folders with images. @throws DatasetError */
export async function openSource(data: SiteData): Promise<SampleSource> {
  return imageFolderSource(data)
}
