import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { BackboneError } from '../errors.ts'

export const WEIGHT_FILE = 'model.safetensors'
export const WEIGHT_INDEX = 'model.safetensors.index.json'

/** An index has about 100 bytes a tensor; far beyond any model that fits a machine. */
const MAX_INDEX_BYTES = 16_777_216
const MAX_SHARDS = 1024

/** A file beside config.json and nothing else: no folder, no way up, not hidden. */
const SHARD_NAME = /^\w[\w.-]*\.safetensors$/

const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) })

/** Where the tensors of a backbone lie: all in one file, or in the shards that an index names. */
export interface WeightLayout {
  /** Files beside config.json that hold the weights; the index first where there is one. */
  readonly files: readonly string[]
  /** Files with tensors, in order. */
  readonly shards: readonly string[]
  /** Shard of every tensor; undefined where there is a single file. */
  readonly shardOf: ReadonlyMap<string, string> | undefined
}

/**
 * `model.safetensors` where it is there, else `model.safetensors.index.json` and its shards.
 *
 * @throws BackboneError - the index cannot be read, is not valid, or names a file that is not beside it
 */
export function weightLayout(dir: string): WeightLayout {
  if (isFile(dir, WEIGHT_FILE) || !isFile(dir, WEIGHT_INDEX)) {
    return { files: [WEIGHT_FILE], shards: [WEIGHT_FILE], shardOf: undefined }
  }
  const shardOf = new Map(Object.entries(readIndex(dir).weight_map))
  const shards = [...new Set(shardOf.values())].sort()
  const refuse = (problem: string): never => {
    throw new BackboneError(dir, `${WEIGHT_INDEX} ${problem}`, { file: WEIGHT_INDEX })
  }
  if (shards.length === 0) refuse('names no tensor')
  if (shards.length > MAX_SHARDS) refuse(`names ${shards.length} files, at most ${MAX_SHARDS}`)
  for (const shard of shards) {
    if (!SHARD_NAME.test(shard))
      refuse(`names ${JSON.stringify(shard)}, which is no safetensors file beside it`)
    if (!isFile(dir, shard)) refuse(`names ${shard}, which is missing; fetch the model again`)
  }
  return { files: [WEIGHT_INDEX, ...shards], shards, shardOf }
}

function readIndex(dir: string): z.infer<typeof indexSchema> {
  const fail = (problem: string, cause?: unknown): never => {
    throw new BackboneError(dir, `${WEIGHT_INDEX} ${problem}`, { file: WEIGHT_INDEX }, { cause })
  }
  const path = join(dir, WEIGHT_INDEX)
  const { size } = statSync(path)
  if (size > MAX_INDEX_BYTES) fail(`has ${size} bytes, at most ${MAX_INDEX_BYTES}`)
  let json: unknown
  try {
    json = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    fail('is not JSON', error)
  }
  const checked = indexSchema.safeParse(json)
  return checked.success ? checked.data : fail(`is not valid: ${z.prettifyError(checked.error)}`)
}

function isFile(dir: string, name: string): boolean {
  return statSync(join(dir, name), { throwIfNoEntry: false })?.isFile() === true
}
