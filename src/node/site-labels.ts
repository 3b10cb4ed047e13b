import { isTablePath, listTableClasses } from '../training/index.ts'
import { foldersIn } from './class-folders.ts'
import { readConfig, type HomePaths } from './home.ts'
import { pathOfData } from './site-data.ts'

/**
 * Labels of the samples that a site trains on: of its settings' data, or of `data` in its place. A table is read once.
 *
 * @throws DataLayoutError, DatasetError, InvalidFileError; PeermergeError ERR_NO_DATA
 */
export async function siteLabels(paths: HomePaths, data?: string): Promise<string[]> {
  const config = await readConfig(paths)
  const path = data ?? pathOfData(config)
  return isTablePath(path) ? listTableClasses(path, config.columns) : foldersIn(path)
}
