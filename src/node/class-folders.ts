import type { Dirent } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { isTablePath, listTableClasses, type TableColumns } from '../training/index.ts'
import { DataLayoutError } from './errors.ts'

/**
 * Names of the classes in a site's data, sorted: class folders, or the labels of a table.
 *
 * @throws DataLayoutError - a folder that cannot be read, or fewer than two classes; DatasetError - a table that cannot be read
 */
export async function classesIn(dir: string, columns?: TableColumns): Promise<string[]> {
  const isTable = isTablePath(dir)
  const classes = isTable ? await listTableClasses(dir, columns) : await foldersIn(dir)
  if (classes.length >= 2) return classes
  if (isTable) {
    const found = classes.length === 0 ? 'no row that can be used' : `only "${classes[0]!}"`
    throw new DataLayoutError(
      dir,
      `expected rows of at least two classes, found ${found}; or name the classes with --classes`,
    )
  }
  throw new DataLayoutError(
    dir,
    `expected class/image with at least two classes, found ${classes.length} folders; or name them with --classes`,
  )
}

export async function foldersIn(dir: string): Promise<string[]> {
  return namesOf(dir, (entry) => entry.isDirectory() || entry.isSymbolicLink())
}

export async function filesIn(dir: string): Promise<string[]> {
  return namesOf(dir, (entry) => entry.isFile() || entry.isSymbolicLink())
}

async function namesOf(dir: string, wanted: (entry: Dirent) => boolean): Promise<string[]> {
  try {
    const entries = await readdir(dir, { withFileTypes: true })
    return entries
      .filter((entry) => wanted(entry) && !entry.name.startsWith('.'))
      .map((entry) => entry.name)
      .sort()
  } catch (cause) {
    throw new DataLayoutError(
      dir,
      'cannot be read; give a folder of images, or a table named .csv, .tsv, .jsonl or .parquet',
      { cause },
    )
  }
}
