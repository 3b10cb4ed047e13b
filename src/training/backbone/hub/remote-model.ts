import { downloadFile, listFiles, modelInfo } from '@huggingface/hub'
import { HubError } from '../../errors.ts'
import { guardedFetch } from './guarded-fetch.ts'
import type { GuardedFetch } from './guarded-fetch.ts'
import { COMMIT } from './hub-cache.ts'
import type { HubFile } from './hub-cache.ts'
import type { HubSettings } from './hub-settings.ts'
import { formatReference } from './model-reference.ts'
import type { HubReference } from './model-reference.ts'

/** Answers of the interface are short; listings of large repositories come in pages. */
const MAX_ANSWER_BYTES = 33_554_432
const MAX_FILES = 20_000
const DIGEST = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/

/** One model on the Hub, asked through its client. */
export interface RemoteModel {
  /** What errors call it. */
  readonly subject: string
  /** The commit that the revision is at now. */
  commit(signal?: AbortSignal): Promise<string>
  /** Files of a commit in one folder, '' for the root; names of folders end in a slash. */
  list(commit: string, folder: string, signal?: AbortSignal): Promise<ReadonlyMap<string, HubFile>>
  /** The bytes of a file of that commit, from an offset on. */
  read(commit: string, file: HubFile, from: number, signal?: AbortSignal): AsyncIterable<Uint8Array>
}

export function remoteModel(reference: HubReference, settings: HubSettings, stallMs: number): RemoteModel {
  const subject = formatReference(reference)
  const { repo } = reference
  const common = {
    hubUrl: settings.endpoint,
    ...(settings.token !== undefined && { accessToken: settings.token }),
  }
  const guard = (maxBytes: number, signal?: AbortSignal): GuardedFetch =>
    guardedFetch({ subject, stallMs, maxBytes, signal })
  return {
    subject,
    commit: async (signal) => {
      const { fetch } = guard(MAX_ANSWER_BYTES, signal)
      const info = await answered(subject, () =>
        modelInfo({ ...common, name: repo, revision: reference.revision, additionalFields: ['sha'], fetch }),
      )
      if (!COMMIT.test(info.sha))
        throw new HubError('ERR_HUB_ANSWER', subject, `the Hub gives no commit but ${info.sha}`)
      return info.sha
    },
    list: async (commit, folder, signal) => {
      const { fetch } = guard(MAX_ANSWER_BYTES, signal)
      const path = folder === '' ? {} : { path: folder }
      return answered(subject, () =>
        collect(subject, listFiles({ ...common, repo, revision: commit, fetch, ...path })),
      )
    },
    read: (commit, file, from, signal) => {
      const guarded = guard(file.size - from, signal)
      const url = `${settings.endpoint}/${repo}/resolve/${commit}/${file.path}`
      const downloadInfo = { size: file.size, etag: file.digest, url }
      return streamed(
        () =>
          downloadFile({
            ...common,
            repo,
            path: file.path,
            revision: commit,
            fetch: guarded.fetch,
            xet: false,
            downloadInfo,
          }),
        from,
        () => guarded.failure(),
      )
    },
  }
}

async function* streamed(
  open: () => Promise<Blob | null>,
  from: number,
  failure: () => unknown,
): AsyncGenerator<Uint8Array> {
  try {
    const blob = await open()
    if (blob !== null) yield* blob.slice(from).stream() as unknown as AsyncIterable<Uint8Array>
  } catch (error) {
    throw failure() ?? error
  }
}

async function collect(
  subject: string,
  entries: AsyncIterable<{
    type: string
    path: string
    size: number
    oid?: string
    lfs?: { oid: string; size: number }
  }>,
): Promise<Map<string, HubFile>> {
  const files = new Map<string, HubFile>()
  for await (const { type, path, size, oid, lfs } of entries) {
    if (files.size >= MAX_FILES)
      throw new HubError('ERR_HUB_ANSWER', subject, `the repository has more than ${MAX_FILES} files`)
    if (type === 'directory') files.set(`${path}/`, { path, size: 0, digest: '' })
    if (type !== 'file') continue
    const file = { path, size: lfs?.size ?? size, digest: lfs?.oid ?? oid ?? '' }
    if (!DIGEST.test(file.digest) || !Number.isSafeInteger(file.size) || file.size < 0) {
      throw new HubError('ERR_HUB_ANSWER', subject, `the Hub gives no size and digest of ${path}`)
    }
    files.set(path, file)
  }
  return files
}

/** An answer that the client cannot read is the server's fault, not ours. */
async function answered<T>(subject: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) {
      throw new HubError(
        'ERR_HUB_ANSWER',
        subject,
        `the Hub's answer cannot be read: ${error.message}`,
        {},
        { cause: error },
      )
    }
    throw error
  }
}
