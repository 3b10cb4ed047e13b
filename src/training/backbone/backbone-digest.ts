import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { BackboneError } from '../errors.ts'
import { CONFIG_FILE, OPTIONAL_FILES, PREPROCESSOR_FILE } from './backbone-files.ts'
import { weightLayout } from './weight-layout.ts'

/**
 * Names a backbone by content: sha2-256 (hex) over one line `<name> <sha2-256 of the file>` a file, in fixed order: config.json,
 * the weights (of a sharded model the index, then the shards by name), preprocessor_config.json (empty where it is missing), then
 * those of the tokenizer, the pooling and what follows it that there are. Files are streamed, so that memory does not grow with the model.
 *
 * @throws BackboneError - a required file cannot be read
 */
export async function backboneDigest(dir: string, signal?: AbortSignal): Promise<string> {
  const total = createHash('sha256')
  const add = (name: string, digest: string | undefined): void => {
    if (digest !== undefined) total.update(`${name} ${digest}\n`)
  }
  for (const name of [CONFIG_FILE, ...weightLayout(dir).files]) {
    add(name, await requiredDigest(dir, name, signal))
  }
  add(
    PREPROCESSOR_FILE,
    (await fileDigest(dir, PREPROCESSOR_FILE, signal)) ?? createHash('sha256').digest('hex'),
  )
  for (const name of OPTIONAL_FILES) add(name, await fileDigest(dir, name, signal))
  return total.digest('hex')
}

async function requiredDigest(dir: string, name: string, signal?: AbortSignal): Promise<string> {
  const digest = await fileDigest(dir, name, signal)
  if (digest === undefined) throw new BackboneError(dir, `${name} cannot be read`, { file: name })
  return digest
}

/** undefined where there is no such file. */
async function fileDigest(dir: string, name: string, signal?: AbortSignal): Promise<string | undefined> {
  const hash = createHash('sha256')
  try {
    for await (const chunk of createReadStream(join(dir, name), signal === undefined ? {} : { signal })) {
      hash.update(chunk as Buffer)
    }
  } catch (error) {
    signal?.throwIfAborted()
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw new BackboneError(dir, `${name} cannot be read`, { file: name }, { cause: error })
  }
  return hash.digest('hex')
}
