import { DatasetError } from '../errors.ts'
import type { SiteData } from '../types.ts'
import { imageFolderSource } from './image/image-folder.ts'
import type { Modality, SampleSource } from './samples.ts'
import { isTablePath } from './table/open-table.ts'
import { tableSource } from './table/table-source.ts'

/** Lists a site's data: a folder of class folders with images, or a table of texts. @throws DatasetError */
export async function openSource(data: SiteData, signal?: AbortSignal): Promise<SampleSource> {
  return isTablePath(data.path) ? tableSource(data, signal) : imageFolderSource(data)
}

/** @throws DatasetError ERR_MODALITY - the data, or what is held out, are not what the backbone reads */
export function assertModality({ path, heldOutPath }: SiteData, modality: Modality): void {
  for (const one of [path, ...(heldOutPath === undefined ? [] : [heldOutPath])]) {
    const isTable = isTablePath(one)
    if (isTable === (modality === 'text')) continue
    const expected =
      modality === 'text'
        ? 'the backbone reads texts: give a table (.csv .tsv .jsonl .parquet)'
        : 'the backbone reads images: give a folder of class folders, class/image'
    throw new DatasetError('ERR_MODALITY', one, expected, { modality })
  }
}
