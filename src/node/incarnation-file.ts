import { randomBytes } from 'node:crypto'
import { open, readFile, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { FIRST_INCARNATION } from '../gossip/records.ts'
import { makeDirectory, syncDirectory, TEMPORARY_SUFFIX } from './atomic-file.ts'

/**
 * Says which memory of the rounds this home has, and where on the disk it says so. A copy and a restored backup have the words but not the
 * place: another inode, made at another time. It is written anew at every start, so that also a file that was overwritten in its place, as `cp`
 * does, tells of another. A move within one file system, a restart and a remount leave it true.
 */
const schema = z.strictObject({
  v: z.literal(1),
  peer: z.string(),
  incarnation: z.string().regex(/^[0-9a-f]{16}$/),
  inode: z.string(),
  /** Nanoseconds since 1970; 0 where the file system does not know. */
  born: z.string(),
})

type Place = Pick<z.infer<typeof schema>, 'inode' | 'born'>

/** Which memory a home votes with, and whether it is another one than at the last start. */
export interface Incarnation {
  readonly incarnation: string
  readonly isNew: boolean
}

/** A home is born: nothing has been said with its key. To be called before the key is on disk. */
export async function beginIncarnation(file: string, peer: string): Promise<void> {
  await makeDirectory(dirname(file))
  await writeMarker(file, peer, FIRST_INCARNATION)
}

/** Keeps the incarnation of a home that is where it was, and gives another to one that may have forgotten what it has said. */
export async function openIncarnation(file: string, peer: string): Promise<Incarnation> {
  const known = await readMarker(file, peer)
  if (known === null) return { incarnation: await renewIncarnation(file, peer), isNew: true }
  await writeMarker(file, peer, known)
  return { incarnation: known, isNew: false }
}

/** A new one by chance, on disk. */
export async function renewIncarnation(file: string, peer: string): Promise<string> {
  const incarnation = randomBytes(8).toString('hex')
  await writeMarker(file, peer, incarnation)
  return incarnation
}

/** Null for a marker that is absent, damaged, of another key or in another place than it says. */
async function readMarker(file: string, peer: string): Promise<string | null> {
  try {
    const marker = schema.parse(JSON.parse(await readFile(file, 'utf8')))
    const { inode, born } = placeOf(await stat(file, { bigint: true }))
    return marker.peer === peer && marker.inode === inode && marker.born === born ? marker.incarnation : null
  } catch (error) {
    const isFailure = (error as NodeJS.ErrnoException).code !== undefined
    if (isFailure && (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return null
  }
}

/** The file says where it is itself, so that it is made first and filled then; a rename keeps its inode. */
async function writeMarker(file: string, peer: string, incarnation: string): Promise<void> {
  const temporary = `${file}.${process.pid}${TEMPORARY_SUFFIX}`
  try {
    const handle = await open(temporary, 'w', 0o644)
    try {
      await fill(handle, peer, incarnation)
    } finally {
      await handle.close()
    }
    await rename(temporary, file)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await syncDirectory(dirname(file))
}

async function fill(handle: FileHandle, peer: string, incarnation: string): Promise<void> {
  const place = placeOf(await handle.stat({ bigint: true }))
  await handle.writeFile(`${JSON.stringify({ v: 1, peer, incarnation, ...place })}\n`)
  await handle.sync()
}

function placeOf({ ino, birthtimeNs }: { readonly ino: bigint; readonly birthtimeNs: bigint }): Place {
  return { inode: String(ino), born: String(birthtimeNs) }
}
