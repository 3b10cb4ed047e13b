import { isTablePath, listTableClasses } from '../training/index.ts'
import { foldersIn } from './class-folders.ts'
import { readConfig, type HomePaths } from './home.ts'

/**
 * Labels of the samples that a site trains on: of its settings' data, or of `data` in its place. A table is read once.
 *
 * @throws DataLayoutError, DatasetError, InvalidFileError
 */
export async function siteLabels(paths: HomePaths, data?: string): Promise<string[]> {
  const config = await readConfig(paths)
  const path = data ?? config.data
  return isTablePath(path) ? listTableClasses(path, config.columns) : foldersIn(path)
}
