import type { Dirent } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { DataLayoutError } from './errors.ts'

/** Names of the class folders in a site's data, sorted. @throws DataLayoutError - unreadable, or fewer than two */
export async function classesIn(dir: string): Promise<string[]> {
  const classes = await foldersIn(dir)
  if (classes.length >= 2) return classes
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
    throw new DataLayoutError(dir, 'cannot be read; give a folder of images', { cause })
  }
}
