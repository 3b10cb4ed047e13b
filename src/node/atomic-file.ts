import { constants } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

let counter = 0

/** Ends of names of files that are being written; whatever carries one at start is a leftover. */
export const TEMPORARY_SUFFIX = '.tmp'

/**
 * Writes a file so that after a crash at any time it holds the old bytes or the new ones: a temporary file beside it, its
 * bytes forced to disk, renamed, the directory forced to disk. Parts are written one after the other.
 */
export async function writeFileAtomic(
  path: string,
  bytes: Uint8Array | string | readonly Uint8Array[],
  options: { readonly mode?: number } = {},
): Promise<void> {
  counter += 1
  const temporary = `${path}.${process.pid}-${counter}${TEMPORARY_SUFFIX}`
  try {
    const file = await open(temporary, 'wx', options.mode ?? 0o644)
    try {
      for (const part of Array.isArray(bytes) ? (bytes as readonly Uint8Array[]) : [bytes]) {
        await file.writeFile(part as Uint8Array | string)
      }
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await syncDirectory(dirname(path))
}

/** Makes a rename or a new entry in the directory survive a power cut. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, constants.O_RDONLY)
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

/** Creates a directory and those above it, each entry forced to disk. */
export async function makeDirectory(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true })
  if (first === undefined) return
  for (let made = path; ; made = dirname(made)) {
    await syncDirectory(dirname(made))
    if (made === first || dirname(made) === made) return
  }
}
