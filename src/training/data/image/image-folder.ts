import { readdir, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { DatasetError } from '../../errors.ts'
import type { SiteData, SkippedSample } from '../../types.ts'
import type { RawSample, SampleSource } from '../samples.ts'
import { stratifiedSplit } from '../stratified-split.ts'

const EXTENSIONS = new Set(['.jpg', '.jpeg', '.png', '.webp', '.bmp', '.gif'])

/** One image file of a site; `label` is the row of its class in the charter. */
export interface ImageFile {
  readonly file: string
  readonly label: number
}

/** Files of a site by split, and what a person should know about the folder. */
export interface ImageFolder {
  readonly train: readonly ImageFile[]
  readonly heldOut: readonly ImageFile[]
  readonly skipped: readonly SkippedSample[]
  readonly warnings: readonly string[]
}

/** A folder of class folders as a source. @throws DatasetError */
export async function imageFolderSource(data: SiteData): Promise<SampleSource> {
  const { train, heldOut, skipped, warnings } = await listImageFolder(data)
  return {
    total: train.length + heldOut.length,
    skipped,
    warnings,
    async *samples() {
      await Promise.resolve()
      for (const split of ['train', 'heldOut'] as const) {
        for (const { file, label } of split === 'train' ? train : heldOut) {
          yield { source: file, label, split, where: file } satisfies RawSample
        }
      }
    },
  }
}

/**
 * Lists `path/<class>/<image>` and splits every class by the seed. Nothing is decoded yet.
 *
 * Names are sorted by code unit, so that the split does not depend on the file system or the locale. Hidden entries are ignored,
 * files of another type reported as skipped; a class folder without images is a warning, an absent class none.
 *
 * @throws DatasetError - no such folder (ERR_DATA_MISSING), a folder that is no class of the charter (ERR_UNKNOWN_CLASS),
 *   no image (ERR_NO_SAMPLES), a single one, of which nothing could be held out (ERR_TOO_FEW_SAMPLES)
 */
export async function listImageFolder(data: SiteData): Promise<ImageFolder> {
  const skipped: SkippedSample[] = []
  const warnings: string[] = []
  const perClass: ImageFile[][] = data.classes.map(() => [])
  for (const name of await classFolders(data)) {
    const files = await imageFiles(join(data.path, name), skipped)
    const label = data.classes.indexOf(name)
    perClass[label] = files.map((file) => ({ file, label }))
    if (files.length === 0)
      warnings.push(`class ${name} has a folder but no images: ${join(data.path, name)}`)
  }
  refuseTooFew(data, perClass.flat().length)
  return { ...stratifiedSplit(perClass, data), skipped, warnings }
}

async function classFolders(data: SiteData): Promise<string[]> {
  const folders: string[] = []
  for (const name of await sortedNames(data.path)) {
    if (!(await isFolder(join(data.path, name)))) continue
    if (!data.classes.includes(name)) {
      throw new DatasetError(
        'ERR_UNKNOWN_CLASS',
        data.path,
        `folder "${name}" is not a class of the charter; classes: ${data.classes.join(', ')}`,
        { folder: name, classes: data.classes },
      )
    }
    folders.push(name)
  }
  return folders
}

async function imageFiles(dir: string, skipped: SkippedSample[]): Promise<string[]> {
  const files: string[] = []
  for (const name of await sortedNames(dir)) {
    const file = join(dir, name)
    if (EXTENSIONS.has(extname(name).toLowerCase())) files.push(file)
    else
      skipped.push({ where: file, reason: `not an image type that is read (${[...EXTENSIONS].join(' ')})` })
  }
  return files
}

async function sortedNames(dir: string): Promise<string[]> {
  try {
    const names = await readdir(dir)
    return names.filter((name) => !name.startsWith('.')).sort()
  } catch (error) {
    throw new DatasetError('ERR_DATA_MISSING', dir, 'the folder cannot be read', {}, { cause: error })
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch {
    return false // a dangling link
  }
}

function refuseTooFew(data: SiteData, count: number): void {
  if (count === 0) {
    const layout = `expected ${join(data.path, '<class>', '<image>')} with classes ${data.classes.join(', ')}`
    throw new DatasetError('ERR_NO_SAMPLES', data.path, `no images; ${layout}`)
  }
  if (count === 1) {
    throw new DatasetError(
      'ERR_TOO_FEW_SAMPLES',
      data.path,
      'one image; at least two are needed, to train on one and hold one out',
      { count },
    )
  }
}
