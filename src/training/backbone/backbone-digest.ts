import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { BackboneError } from '../errors.ts'
import { WEIGHT_FILE } from './weight-file.ts'

/** Files that decide what the backbone computes; the preprocessor may be absent and counts as empty then. */
const FILES = [
  { name: 'config.json', required: true },
  { name: WEIGHT_FILE, required: true },
  { name: 'preprocessor_config.json', required: false },
] as const

/**
 * Names a backbone by content: sha2-256 (hex) over one line `<name> <sha2-256 of the file>` a file, in fixed order.
 * Files are streamed, so that memory does not grow with the model.
 *
 * @throws BackboneError - a required file cannot be read
 */
export async function backboneDigest(dir: string, signal?: AbortSignal): Promise<string> {
  const total = createHash('sha256')
  for (const { name, required } of FILES) {
    total.update(`${name} ${await fileDigest(dir, name, required, signal)}\n`)
  }
  return total.digest('hex')
}

async function fileDigest(
  dir: string,
  name: string,
  required: boolean,
  signal?: AbortSignal,
): Promise<string> {
  const hash = createHash('sha256')
  try {
    for await (const chunk of createReadStream(join(dir, name), signal === undefined ? {} : { signal })) {
      hash.update(chunk as Buffer)
    }
  } catch (error) {
    signal?.throwIfAborted()
    if (required || (error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw new BackboneError(dir, `${name} cannot be read`, { file: name }, { cause: error })
    }
  }
  return hash.digest('hex')
}
