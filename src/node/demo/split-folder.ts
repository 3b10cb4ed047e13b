import { mkdir, symlink } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { dirichletSplit } from '../../training/index.ts'
import { filesIn, foldersIn } from '../class-folders.ts'
import { DataLayoutError } from '../errors.ts'

/** A site of the demo: `data` is a folder with one folder a class, or a table of texts. */
export interface DemoSite {
  readonly name: string
  readonly data: string
}

export interface SplitOptions {
  readonly sites: number
  /** Dirichlet concentration of the class shares. */
  readonly concentration: number
  readonly uniform: () => number
}

/**
 * Sites of a folder of images: `site/class/image` is taken as it is; `class/image` is dealt to sites by a seeded Dirichlet
 * split, as symbolic links under `workDir`, so that no image is copied.
 *
 * @throws DataLayoutError - neither layout, or fewer than two sites
 */
export async function sitesOfFolder(
  dir: string,
  workDir: string,
  options: SplitOptions,
): Promise<DemoSite[]> {
  const top = await foldersIn(dir)
  const second = await Promise.all(top.map((name) => foldersIn(join(dir, name))))
  if (top.length >= 2 && second.every((folders) => folders.length > 0))
    return top.map((name) => ({ name, data: resolve(dir, name) }))
  if (top.length >= 2 && second.every((folders) => folders.length === 0))
    return dealClasses(dir, top, workDir, options)
  const found =
    top.length === 0 ? 'no folder at all' : `${top.length} folders (${top.slice(0, 3).join(', ')} …)`
  throw new DataLayoutError(
    dir,
    `expected site/class/image with at least two sites, or class/image with at least two classes; found ${found}`,
  )
}

/** Names of all classes that any site has a folder for, sorted. */
export async function classesOf(sites: readonly DemoSite[]): Promise<string[]> {
  const names = await Promise.all(sites.map((site) => foldersIn(site.data)))
  return [...new Set(names.flat())].sort()
}

async function dealClasses(
  dir: string,
  classes: readonly string[],
  workDir: string,
  options: SplitOptions,
): Promise<DemoSite[]> {
  const images = await Promise.all(classes.map((name) => filesIn(join(dir, name))))
  const counts = images.map((files) => files.length)
  const owners = dirichletSplit(counts, options.sites, options.concentration, options.uniform)
  const sites = Array.from({ length: options.sites }, (_, index) => {
    const name = `site-${index + 1}`
    return { name, data: resolve(workDir, 'data', name) }
  })
  for (const [row, name] of classes.entries())
    for (const [index, file] of images[row]!.entries()) {
      const folder = join(sites[owners[row]![index]!]!.data, name)
      await mkdir(folder, { recursive: true })
      await symlink(resolve(dir, name, file), join(folder, basename(file)))
    }
  return sites
}
