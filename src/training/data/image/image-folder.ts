import { readdir, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { DatasetError } from '../../errors.ts'
import type { SiteData, SkippedSample, UnknownLabel } from '../../types.ts'
import type { RawSample, SampleSource } from '../samples.ts'
import { stratifiedSplit } from '../stratified-split.ts'
import { UnknownLabels } from '../unknown-labels.ts'

const EXTENSIONS = new Set(['.jpg', '.jpeg', '.png', '.webp', '.bmp', '.gif'])

/** Whether a file is named as an image that is read. */
export function isImagePath(path: string): boolean {
  return EXTENSIONS.has(extname(path).toLowerCase())
}

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
  readonly unknown: readonly UnknownLabel[]
  readonly warnings: readonly string[]
}

/** A folder of class folders as a source. @throws DatasetError */
export async function imageFolderSource(data: SiteData): Promise<SampleSource> {
  const { train, heldOut, ...notes } = await listImageFolder(data)
  return {
    total: train.length + heldOut.length,
    ...notes,
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
 * @throws DatasetError - no such folder (ERR_DATA_MISSING), a folder that is no class of the charter and not to be left out (ERR_UNKNOWN_CLASS),
 *   no image (ERR_NO_SAMPLES), a single one, of which nothing could be held out (ERR_TOO_FEW_SAMPLES)
 */
export async function listImageFolder(data: SiteData): Promise<ImageFolder> {
  const notes: Notes = { skipped: [], warnings: [], unknown: new UnknownLabels() }
  const { skipped, warnings, unknown } = notes
  const main = await filesPerClass(data.path, data, notes)
  refuseTooFew(data, main.flat().length, data.heldOutPath === undefined ? 2 : 1, unknown)
  const heldOut =
    data.heldOutPath === undefined ? undefined : await filesPerClass(data.heldOutPath, data, notes)
  if (heldOut !== undefined) warnings.push(...heldOutOnly(main, heldOut, data.classes))
  warnings.push(...unknown.warnings('images', data.path, data.classes))
  const split =
    heldOut === undefined ? stratifiedSplit(main, data) : { train: main.flat(), heldOut: heldOut.flat() }
  return { ...split, skipped, warnings, unknown: unknown.counted }
}

/** What a person should know about folders, collected while they are listed. */
interface Notes {
  readonly skipped: SkippedSample[]
  readonly warnings: string[]
  readonly unknown: UnknownLabels
}

async function filesPerClass(
  path: string,
  { classes, unknownLabels }: SiteData,
  notes: Notes,
): Promise<ImageFile[][]> {
  const perClass: ImageFile[][] = classes.map(() => [])
  for (const name of await classFolders(path)) {
    const label = classes.indexOf(name)
    if (label < 0 && unknownLabels !== 'leave-out') throw unknownFolder(path, name, classes)
    const files = await imageFiles(join(path, name), label < 0 ? [] : notes.skipped)
    if (label < 0) notes.unknown.add(path, name, files.length)
    else perClass[label] = files.map((file) => ({ file, label }))
    if (label >= 0 && files.length === 0)
      notes.warnings.push(`class ${name} has a folder but no images: ${join(path, name)}`)
  }
  return perClass
}

function heldOutOnly(
  train: readonly ImageFile[][],
  heldOut: readonly ImageFile[][],
  classes: readonly string[],
): string[] {
  const only = classes.filter((_, label) => heldOut[label]!.length > 0 && train[label]!.length === 0)
  if (only.length === 0) return []
  return [`only held-out images are of class ${only.join(', ')}, so nothing here is trained on it`]
}

async function classFolders(path: string): Promise<string[]> {
  const folders: string[] = []
  for (const name of await sortedNames(path)) if (await isFolder(join(path, name))) folders.push(name)
  return folders
}

function unknownFolder(path: string, folder: string, classes: readonly string[]): DatasetError {
  const text = `folder "${folder}" is not a class of the charter; classes: ${classes.join(', ')}`
  return new DatasetError('ERR_UNKNOWN_CLASS', path, text, { folder, classes })
}

async function imageFiles(dir: string, skipped: SkippedSample[]): Promise<string[]> {
  const files: string[] = []
  for (const name of await sortedNames(dir)) {
    const file = join(dir, name)
    if (isImagePath(name)) files.push(file)
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

function refuseTooFew(data: SiteData, count: number, least: number, unknown: UnknownLabels): void {
  if (count >= least) return
  if (count === 0) {
    const layout = `expected ${join(data.path, '<class>', '<image>')} with classes ${data.classes.join(', ')}`
    const why = ['no images', layout, ...unknown.warnings('images', data.path, data.classes)].join('; ')
    throw new DatasetError('ERR_NO_SAMPLES', data.path, why)
  }
  throw new DatasetError(
    'ERR_TOO_FEW_SAMPLES',
    data.path,
    'one image; at least two are needed, to train on one and hold one out',
    { count },
  )
}
