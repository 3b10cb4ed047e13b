import { mkdir, open, rename, rm, truncate } from 'node:fs/promises'
import { dirname } from 'node:path'
import { HubError } from '../../errors.ts'
import { NO_PARTS } from './guarded-fetch.ts'
import { sizeOf } from './hub-cache.ts'
import type { HubFile } from './hub-cache.ts'
import { claimPartial } from './partial-file.ts'
import type { RemoteModel } from './remote-model.ts'
import { isVerified } from './verify-file.ts'
import { withRetries } from './with-retries.ts'
import type { RetryOptions } from './with-retries.ts'

export interface BlobDownload {
  readonly remote: RemoteModel
  readonly commit: string
  readonly retry: RetryOptions
  readonly signal?: AbortSignal | undefined
  /** Bytes of this file that are on disk. */
  readonly onBytes: (done: number) => void
}

/** Downloads of this process by blob, so that two do not write one partial file. */
const running = new Map<string, Promise<void>>()

/**
 * Brings one file to `blob`, which exists only once its bytes are complete and verified. Goes on where an earlier try has stopped.
 *
 * @throws HubError - ERR_HUB_CHECKSUM: what comes is not what the Hub has promised, twice
 */
export async function downloadBlob(file: HubFile, blob: string, download: BlobDownload): Promise<void> {
  while (running.has(blob)) await running.get(blob)!.catch(() => undefined)
  const work = bring(file, blob, download).finally(() => running.delete(blob))
  running.set(blob, work)
  return work
}

async function bring(file: HubFile, blob: string, download: BlobDownload): Promise<void> {
  await mkdir(dirname(blob), { recursive: true })
  if (await isVerified(blob, file, download.signal)) return download.onBytes(file.size)
  const partial = await claimPartial(blob)
  for (let tries = 1; ; tries++) {
    await fill(file, partial, download)
    if (await isVerified(partial, file, download.signal)) break
    await rm(partial, { force: true })
    if (tries === 2) {
      const problem = `what the server sends of ${file.path} is not what it promises (${file.size} bytes, digest ${file.digest})`
      throw new HubError('ERR_HUB_CHECKSUM', download.remote.subject, problem, {
        file: file.path,
        digest: file.digest,
      })
    }
  }
  await sync(partial)
  await rename(partial, blob)
}

/** Adds what is missing, over as many connections as it takes. */
async function fill(file: HubFile, partial: string, download: BlobDownload): Promise<void> {
  let had = 0
  let have = 0
  const advance = (length: number): void => {
    have += length
    download.onBytes(have)
  }
  await withRetries(
    async () => {
      had = have = (await sizeOf(partial)) ?? 0
      if (have > file.size) await truncate(partial, (had = have = 0))
      download.onBytes(have)
      await append(file, partial, have, download, advance)
      if (have < file.size)
        throw new HubError('ERR_HUB_UNREACHABLE', download.remote.subject, endsEarly(file, have))
    },
    download.retry,
    () => have > had,
  )
}

function endsEarly({ path, size }: HubFile, have: number): string {
  return `the connection ended at byte ${have} of ${size} of ${path}`
}

async function append(
  file: HubFile,
  partial: string,
  from: number,
  { remote, commit, signal }: BlobDownload,
  wrote: (length: number) => void,
): Promise<void> {
  const output = await open(partial, 'a')
  try {
    if (from === file.size) return
    for await (const chunk of remote.read(commit, file, from, signal)) {
      await output.write(chunk)
      wrote(chunk.length)
    }
  } catch (error) {
    if (error instanceof HubError && error.detail['reason'] === NO_PARTS.reason) await output.truncate(0)
    throw error
  } finally {
    await output.close()
  }
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
