import { HubError } from '../../errors.ts'
import { CONFIG_FILE, OPTIONAL_FILES, PREPROCESSOR_FILE } from '../backbone-files.ts'
import { WEIGHT_FILE, WEIGHT_INDEX } from '../weight-layout.ts'
import type { HubFile } from './hub-cache.ts'

type Listing = ReadonlyMap<string, HubFile>

/**
 * What a backbone needs of a repository before its shards are known: config, single weights or their index, preprocessing, tokenizer,
 * pooling. In the order in which they are fetched, small files first.
 *
 * @throws HubError ERR_HUB_NOT_FOUND - there is no config, or no safetensors
 */
export function neededFiles(subject: string, listing: Listing): HubFile[] {
  const need = (name: string, advice: string): HubFile => {
    const file = listing.get(name)
    if (file === undefined)
      throw new HubError('ERR_HUB_NOT_FOUND', subject, `the repository has no ${name}${advice}`, {
        file: name,
      })
    return file
  }
  const weights = listing.has(WEIGHT_FILE) || !listing.has(WEIGHT_INDEX) ? WEIGHT_FILE : WEIGHT_INDEX
  const optional = [PREPROCESSOR_FILE, ...OPTIONAL_FILES].flatMap((name) => listing.get(name) ?? [])
  return [
    need(CONFIG_FILE, ', so it is no transformers model'),
    ...optional,
    need(weights, '; only safetensors are read, so convert its weights first'),
  ]
}

/** @throws HubError ERR_HUB_NOT_FOUND - the index names a shard that the repository does not have */
export function shardFiles(subject: string, listing: Listing, shards: Iterable<string>): HubFile[] {
  return [...new Set(shards)].sort().map((shard) => {
    const file = listing.get(shard)
    if (file !== undefined) return file
    throw new HubError(
      'ERR_HUB_NOT_FOUND',
      subject,
      `${WEIGHT_INDEX} names ${shard}, which the repository does not have`,
      { file: shard },
    )
  })
}
