import { randomUUID } from 'node:crypto'
import { copyFile, mkdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { z } from 'zod'
import type { HubReference } from './model-reference.ts'

/** A file of a model at one commit. */
export interface HubFile {
  /** Within the repository, with slashes. */
  readonly path: string
  readonly size: number
  /** sha2-256 of the content of large files, else git's sha-1 of the blob; hex. */
  readonly digest: string
}

export const COMMIT = /^[0-9a-f]{40}$/

const markerSchema = z.object({
  v: z.literal(1),
  files: z.array(z.object({ path: z.string(), size: z.number(), digest: z.string() })),
})

/**
 * The part of huggingface_hub's cache that belongs to one model, so that what Python has fetched is not fetched again:
 *
 *   models--owner--name/blobs/<digest>                 contents
 *   models--owner--name/snapshots/<commit>/<path>      links to them
 *   models--owner--name/refs/<revision>                commit that a branch or tag was at
 *   models--owner--name/peermerge/<commit>.json        written last: which files are there, verified
 *
 * Only the last file says that a snapshot is complete, so a killed download never looks like one.
 */
export class HubCache {
  readonly #root: string

  constructor(cacheDir: string, repo: string) {
    this.#root = join(cacheDir, ['models', ...repo.split('/')].join('--'))
  }

  snapshot(commit: string): string {
    return join(this.#root, 'snapshots', commit)
  }

  blob(digest: string): string {
    return join(this.#root, 'blobs', digest)
  }

  /** The commit that a revision was at when it was last fetched. */
  async commitOf({ revision }: HubReference): Promise<string | undefined> {
    if (COMMIT.test(revision)) return revision
    const text = await readText(join(this.#root, 'refs', revision))
    return text !== undefined && COMMIT.test(text.trim()) ? text.trim() : undefined
  }

  /** Whether all files of a commit are there as they were when they were verified. */
  async isComplete(commit: string): Promise<boolean> {
    const text = await readText(this.#marker(commit))
    if (text === undefined) return false
    const marker = markerSchema.safeParse(parse(text))
    if (!marker.success) return false
    for (const { path, size } of marker.data.files) {
      if ((await sizeOf(join(this.snapshot(commit), path))) !== size) return false
    }
    return true
  }

  /** Makes a verified blob appear in the snapshot. */
  async link(commit: string, { path, size, digest }: HubFile): Promise<void> {
    await link(this.blob(digest), join(this.snapshot(commit), path), size)
  }

  /** Links verified blobs into the snapshot, and then says that it is complete. */
  async complete(commit: string, files: readonly HubFile[]): Promise<void> {
    for (const file of files) await this.link(commit, file)
    await writeWhole(this.#marker(commit), `${JSON.stringify({ v: 1, files })}\n`)
  }

  async pointTo({ revision }: HubReference, commit: string): Promise<void> {
    if (revision !== commit) await writeWhole(join(this.#root, 'refs', revision), commit)
  }

  #marker(commit: string): string {
    return join(this.#root, 'peermerge', `${commit}.json`)
  }
}

/** Size of what a path leads to; undefined where there is nothing. */
export async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size
  } catch {
    return undefined
  }
}

/** Writes beside and renames, so that a reader finds all or nothing. */
async function writeWhole(path: string, text: string): Promise<void> {
  await place(path, (temporary) => writeFile(temporary, text, { flush: true }))
}

async function link(blob: string, path: string, size: number): Promise<void> {
  if ((await sizeOf(path)) === size) return
  await place(path, async (temporary) => {
    try {
      await symlink(relative(dirname(path), blob), temporary)
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code
      if (code !== 'EPERM' && code !== 'ENOSYS' && code !== 'ENOTSUP') throw error
      await copyFile(blob, temporary) // a file system without links
    }
  })
}

/** Makes something under a name of its own and then gives it its place, in which it replaces what was there. */
async function place(path: string, make: (temporary: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    await make(temporary)
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    return undefined
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
