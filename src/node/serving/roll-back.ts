import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PeermergeError } from '../../errors.ts'
import { flushAudit } from '../audit/flush-audit.ts'
import { mergeHistory } from '../audit/merge-history.ts'
import type { HomePaths } from '../home.ts'
import { readClaim } from '../merge-claim.ts'
import { keptMerges } from '../merge-files.ts'
import { keptMergeFile } from './kept-merge-file.ts'
import { rebuildMerge, type PastMerge } from './rebuild-merge.ts'
import { serveByPerson, type Chosen } from './serve-by-person.ts'
import { checkedFile, readServing, type Served } from './served-model.ts'

export interface RollBackOptions {
  /** The beginning of one is enough. @default the one before */
  readonly digest?: string | undefined
  /** Name of the person who does it. */
  readonly who?: string | undefined
  readonly now: () => number
  readonly signal?: AbortSignal | undefined
  /** A merge is computed again, which may take a while. */
  readonly onRebuild?: ((digest: string) => void) | undefined
}

/** An earlier model, and how it can be had. */
interface Earlier {
  readonly digest: string
  /** It was served. */
  readonly before: Served | undefined
  /** What it was made of, where that is known. */
  readonly past: PastMerge | undefined
}

/**
 * Serves an earlier model again, without a look at what it gets right: one that was served before, as its file was then; a merge that the home
 * keeps; or any merge of the site's log, computed again from its contributions as long as their payloads are here. Newer ones are left alone
 * until a person chooses again. Nothing changes unless the model has the digest that was asked for.
 *
 * @throws PeermergeError ERR_NO_SUCH_MODEL, ERR_SERVED_DAMAGED; as `rebuildMerge`
 */
export async function rollBack(paths: HomePaths, options: RollBackOptions): Promise<Chosen> {
  const { now, who, signal } = options
  const earlier = await findEarlier(paths, options)
  const directory = await mkdtemp(join(tmpdir(), 'peermerge-rebuilt-'))
  try {
    const file = await fileOf(paths, earlier, directory, options)
    const { kind, heldOut } = earlier.before ?? { kind: 'merged', heldOut: null }
    const model = { kind, digest: earlier.digest, since: now(), reason: 'rolled back by a person', heldOut } as const // prettier-ignore
    return await serveByPerson(paths, { file, model, who, follows: 'nothing' }, signal)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** @throws PeermergeError ERR_NO_SUCH_MODEL */
async function findEarlier(paths: HomePaths, { digest: asked, signal }: RollBackOptions): Promise<Earlier> {
  const served = (await readServing(paths.served))?.earlier ?? []
  const kept = await keptMerges(paths.merges)
  await flushAudit(paths, signal)
  const { digests, found } = await mergeHistory(paths.audit, asked ?? served[0]?.digest ?? '', signal)
  const known = [...new Set([...served.map((one) => one.digest), ...kept, ...digests])]
  const [digest, ...others] = asked === undefined ? known.slice(0, served.length > 0 ? 1 : 0) : known.filter((one) => one.startsWith(asked)) // prettier-ignore
  if (digest === undefined || others.length > 0) throw noneOrSeveral(paths, asked, known, others.length > 0)
  const past = found.get(digest) ?? (kept.includes(digest) ? await keptClaim(paths, digest) : undefined)
  return { digest, before: served.find((one) => one.digest === digest), past }
}

async function keptClaim({ merges }: HomePaths, digest: string): Promise<PastMerge> {
  const { cut = [], generation = 0 } = await readClaim(join(merges, `${digest}.json`))
  return { digest, cut, generation }
}

/** @throws PeermergeError ERR_SERVED_DAMAGED; as `rebuildMerge` */
async function fileOf(
  paths: HomePaths,
  { digest, before, past }: Earlier,
  directory: string,
  { signal, onRebuild }: RollBackOptions,
): Promise<string> {
  const copy = before && checkedFile(paths.served, before)
  if (copy !== undefined && (past === undefined || before?.kind !== 'merged')) return await copy
  const file = (await copy?.catch(damaged)) ?? (await keptMergeFile(paths, digest))
  if (file !== undefined) return file
  onRebuild?.(digest)
  return await rebuildMerge(paths, past!, directory, { signal })
}

/** A merge can be had otherwise. */
function damaged(error: unknown): undefined {
  if ((error as { code?: unknown }).code !== 'ERR_SERVED_DAMAGED') throw error
}

const SHOWN = 12

function noneOrSeveral(
  { root }: HomePaths,
  digest: string | undefined,
  known: readonly string[],
  areSeveral: boolean,
): PeermergeError {
  const names = known.slice(0, SHOWN).map((one) => one.slice(0, 12)).join(', ') || 'none' // prettier-ignore
  const more = known.length > SHOWN ? ` and ${known.length - SHOWN} more (peermerge audit list --kind merge-computed)` : '' // prettier-ignore
  const asked =
    digest === undefined
      ? 'nothing was served before'
      : `${digest}: ${areSeveral ? 'several begin so' : 'no record here says what it was made of; from a bundle: peermerge merge'}`
  const text = `${root}: ${asked}; there are: ${names}${more}`
  return new PeermergeError('ERR_NO_SUCH_MODEL', text, { home: root, digest })
}
