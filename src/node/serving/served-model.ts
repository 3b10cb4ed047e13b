import { existsSync } from 'node:fs'
import { readFile, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { sha256Hex } from '../../merge/index.ts'
import { z } from 'zod'
import { PeermergeError } from '../../errors.ts'
import { writeFileAtomic } from '../atomic-file.ts'
import { parseJson } from '../parse-json.ts'
import { withServingLock } from './serving-lock.ts'

const hex = z.string().regex(/^[0-9a-f]{64}$/)

const score = z.strictObject({ correct: z.int().min(0), count: z.int().min(0) })

/** What a site can serve: a merge, its own model beside others, itself alone. */
export const SERVED_KINDS = ['merged', 'personal', 'alone'] as const

const served = z.strictObject({
  kind: z.enum(SERVED_KINDS),
  /** Of the merge, or sha2-256 of the file. */
  digest: hex,
  /** sha2-256 of the file, which is checked before a model is taken up again. */
  sha256: hex,
  /** When it took the place of another, in milliseconds since 1970. */
  since: z.number(),
  by: z.enum(['node', 'person']),
  /** Name of the person, where it was given. */
  who: z.string().min(1).max(200).optional(),
  /** The figures, and the rule that decided. */
  reason: z.string(),
  /** On the site's held-out samples when it was chosen; null where it was not judged. */
  heldOut: score.nullable(),
})

export const servingFileSchema = z.strictObject({
  v: z.literal(1),
  /** What a node takes up by itself when there is a newer one: of this kind, or nothing. */
  follows: z.enum(['merged', 'personal', 'nothing']),
  current: served,
  /** Those before, newest first; their files are there. */
  earlier: z.array(served).max(100),
})

export type ServedKind = (typeof SERVED_KINDS)[number]
export type Served = z.infer<typeof served>
export type Serving = z.infer<typeof servingFileSchema>

/** What is served at the moment, and what may take its place. */
export type ServingNow = Pick<Serving, 'follows' | 'current'>

/** Null while nothing is served. */
export function servingNow(serving: Serving | undefined): ServingNow | null {
  return serving === undefined ? null : { follows: serving.follows, current: serving.current }
}

/** Whether a merge is served in place of the own model that the site follows, as it got more of the held-out samples right. */
export function standsIn({ kind, follows }: Pick<Served, 'kind'> & Pick<Serving, 'follows'>): boolean {
  return kind === 'merged' && follows === 'personal'
}

/** Files of models that were served before and stay for a way back. */
const KEPT = 4

/** In `served/` of a home. */
export function servedFile(directory: string, { digest }: Pick<Served, 'digest'>): string {
  return join(directory, `${digest}.safetensors`)
}

/** Says what is served. */
export function servingFile(directory: string): string {
  return join(directory, 'serving.json')
}

/** Undefined while a site has served nothing. @throws InvalidFileError */
export async function readServing(directory: string): Promise<Serving | undefined> {
  const file = servingFile(directory)
  if (!existsSync(file)) return undefined
  return parseJson(servingFileSchema, await readFile(file, 'utf8'), file)
}

/**
 * The file of a model that is or was served, as it was when it was taken up.
 *
 * @throws PeermergeError ERR_SERVED_DAMAGED - it is gone or holds other bytes
 */
export async function checkedFile(directory: string, model: Served): Promise<string> {
  const file = servedFile(directory, model)
  const bytes = await readFile(file).catch(() => undefined)
  if (bytes !== undefined && sha256Hex(bytes) === model.sha256) return file
  const problem = bytes === undefined ? 'is gone' : 'holds other bytes than those that were taken up'
  const text = `${file}: ${problem}; choose another model: peermerge choose`
  throw new PeermergeError('ERR_SERVED_DAMAGED', text, { file, digest: model.digest })
}

/** What is to be served. */
export interface NextModel {
  readonly file: string
  readonly model: Omit<Served, 'sha256'>
  readonly follows: Serving['follows']
}

/**
 * Puts a model in the place of what is served: its file is copied first, then `serving.json` is exchanged, so that a reader finds the old one or
 * the new one. The same model again changes who chose it and what is followed, and nothing else.
 *
 * @throws HomeLockedError - another process has been at it for ten seconds
 */
export async function serve(directory: string, next: NextModel): Promise<Serving> {
  return await withServingLock(directory, async () => exchange(directory, next, await readServing(directory)))
}

/** As {@link serve}, unless somebody else has chosen since `found` was read: then nothing changes, and undefined comes back. */
export async function serveUnlessChanged(
  directory: string,
  next: NextModel,
  found: Serving | undefined,
): Promise<Serving | undefined> {
  return await withServingLock(directory, async () => {
    const now = await readServing(directory)
    return isDeepStrictEqual(now, found) ? await exchange(directory, next, now) : undefined
  })
}

async function exchange(
  directory: string,
  { file, model: said, follows }: NextModel,
  before: Serving | undefined,
): Promise<Serving> {
  const bytes = await readFile(file)
  const model: Served = { ...said, sha256: sha256Hex(bytes) }
  const kept = servedFile(directory, model)
  if (file !== kept) await writeFileAtomic(kept, bytes, { mode: 0o600 })
  const earlier = before === undefined ? [] : [before.current, ...before.earlier]
  const others = earlier.filter(({ digest }, i) => digest !== model.digest && earlier.findIndex((one) => one.digest === digest) === i) // prettier-ignore
  const serving: Serving = { v: 1, follows, current: model, earlier: others.slice(0, KEPT) }
  await writeFileAtomic(servingFile(directory), `${JSON.stringify(serving, null, 2)}\n`)
  await removeOthers(directory, serving)
  return serving
}

async function removeOthers(directory: string, { current, earlier }: Serving): Promise<void> {
  const kept = new Set([current, ...earlier].map((one) => `${one.digest}.safetensors`))
  const names = (await readdir(directory)).filter((name) => name.endsWith('.safetensors') && !kept.has(name))
  await Promise.all(names.map((name) => rm(join(directory, name), { force: true })))
}
