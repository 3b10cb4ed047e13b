import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { HubFile } from './hub-cache.ts'
import { sizeOf } from './hub-cache.ts'

const SHA256_LENGTH = 64

/** Whether a file on disk has the size and digest that the Hub gives for it. Reads it once, in pieces. */
export async function isVerified(
  path: string,
  { size, digest }: HubFile,
  signal?: AbortSignal,
): Promise<boolean> {
  if ((await sizeOf(path)) !== size) return false
  const isSha256 = digest.length === SHA256_LENGTH
  const hash = createHash(isSha256 ? 'sha256' : 'sha1')
  if (!isSha256) hash.update(`blob ${size}\0`) // git hashes a header with the content
  for await (const chunk of createReadStream(path, signal === undefined ? {} : { signal }))
    hash.update(chunk as Buffer)
  return hash.digest('hex') === digest
}
