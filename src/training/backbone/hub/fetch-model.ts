import { HubError } from '../../errors.ts'
import { readWeightIndex, WEIGHT_INDEX } from '../weight-layout.ts'
import { downloadBlob } from './download-blob.ts'
import { HubCache } from './hub-cache.ts'
import type { HubFile } from './hub-cache.ts'
import type { HubSettings } from './hub-settings.ts'
import { formatReference } from './model-reference.ts'
import type { HubReference } from './model-reference.ts'
import { neededFiles, shardFiles } from './needed-files.ts'
import type { RemoteModel } from './remote-model.ts'
import { withRetries } from './with-retries.ts'
import type { RetryOptions } from './with-retries.ts'

/** Bytes of all files that a model needs. */
export interface DownloadProgress {
  /** The file that is being fetched. */
  readonly file: string
  readonly done: number
  readonly total: number
}

export interface FetchOptions {
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: DownloadProgress) => void
  /** Longest silence of the server. @default 30 s */
  readonly stallMs?: number
  /** Tries in a row without a byte in between. @default 4 */
  readonly attempts?: number
  /** Pause before the second try; doubles. @default 1 s */
  readonly pauseMs?: number
}

export interface FetchedModel {
  readonly dir: string
  readonly commit: string
}

const DEFAULT_STALL_MS = 30_000
const DEFAULT_ATTEMPTS = 4
const DEFAULT_PAUSE_MS = 1000

/**
 * A model of the Hub as a directory of the cache: fetched where it is not complete there, every file verified. Asks the server which
 * commit a branch or tag is at; where it cannot be reached, the commit that was fetched last is taken.
 *
 * @throws HubError - it cannot be had
 */
export async function fetchModel(
  reference: HubReference,
  settings: HubSettings,
  options: FetchOptions = {},
): Promise<FetchedModel> {
  const cache = new HubCache(settings.cacheDir, reference.repo)
  const cached = await cachedModel(cache, reference)
  if (settings.isOffline || (cached !== undefined && cached.commit === reference.revision)) {
    return cached ?? notCached(reference, settings)
  }
  const { remoteModel } = await import('./remote-model.ts')
  const remote = remoteModel(reference, settings, options.stallMs ?? DEFAULT_STALL_MS)
  const retry = retryOptions(options)
  let commit: string
  try {
    commit = await withRetries(() => remote.commit(options.signal), retry)
  } catch (error) {
    const isUnreachable = error instanceof HubError && error.code === 'ERR_HUB_UNREACHABLE'
    if (cached !== undefined && isUnreachable) return cached
    throw error
  }
  if (!(await cache.isComplete(commit))) await download(cache, remote, commit, retry, options)
  await cache.pointTo(reference, commit)
  return { dir: cache.snapshot(commit), commit }
}

async function cachedModel(cache: HubCache, reference: HubReference): Promise<FetchedModel | undefined> {
  const commit = await cache.commitOf(reference)
  if (commit === undefined || !(await cache.isComplete(commit))) return undefined
  return { dir: cache.snapshot(commit), commit }
}

function notCached(reference: HubReference, { cacheDir }: HubSettings): never {
  throw new HubError(
    'ERR_HUB_OFFLINE',
    formatReference(reference),
    `HF_HUB_OFFLINE is set and ${cacheDir} has no complete copy; fetch it once without, or give a directory`,
    { cacheDir },
  )
}

async function download(
  cache: HubCache,
  remote: RemoteModel,
  commit: string,
  retry: RetryOptions,
  { signal, onProgress }: FetchOptions,
): Promise<void> {
  const listing = await listNeeded(remote, commit, retry, signal)
  const files = neededFiles(remote.subject, listing)
  const sizes = new Map<string, number>()
  const fetch = (file: HubFile): Promise<void> =>
    downloadBlob(file, cache.blob(file.digest), {
      remote,
      commit,
      retry,
      signal,
      onBytes: (bytes) => {
        sizes.set(file.path, bytes)
        onProgress?.({
          file: file.path,
          done: sum(sizes.values()),
          total: sum(files.map(({ size }) => size)),
        })
      },
    })
  for (const file of files) await fetch(file)
  const index = files.find(({ path }) => path === WEIGHT_INDEX)
  if (index !== undefined) {
    await cache.link(commit, index)
    const shards = shardFiles(remote.subject, listing, readWeightIndex(cache.snapshot(commit)).values())
    files.push(...shards)
    for (const shard of shards) await fetch(shard)
  }
  await cache.complete(commit, files)
}

/** The root and the folder of the pooling. */
async function listNeeded(
  remote: RemoteModel,
  commit: string,
  retry: RetryOptions,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, HubFile>> {
  const list = (folder: string) => withRetries(() => remote.list(commit, folder, signal), retry)
  const root = await list('')
  return root.has('1_Pooling/') ? new Map([...root, ...(await list('1_Pooling'))]) : root
}

function retryOptions({
  attempts = DEFAULT_ATTEMPTS,
  pauseMs = DEFAULT_PAUSE_MS,
  signal,
}: FetchOptions): RetryOptions {
  return { attempts, pauseMs, signal }
}

function sum(values: Iterable<number>): number {
  let total = 0
  for (const value of values) total += value
  return total
}
