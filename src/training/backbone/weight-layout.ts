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
  const shardOf = readWeightIndex(dir)
  const shards = [...new Set(shardOf.values())].sort()
  const missing = shards.find((shard) => !isFile(dir, shard))
  if (missing !== undefined)
    throw indexError(dir, `names ${missing}, which is missing; fetch the model again`)
  return { files: [WEIGHT_INDEX, ...shards], shards, shardOf }
}

/**
 * Shard of every tensor as the index says it; all are plain names of safetensors files, which may be missing.
 *
 * @throws BackboneError - the index cannot be read, is not valid, or names something else than a file beside it
 */
export function readWeightIndex(dir: string): ReadonlyMap<string, string> {
  const checked = indexSchema.safeParse(readIndexJson(dir))
  if (!checked.success) throw indexError(dir, `is not valid: ${z.prettifyError(checked.error)}`)
  const shardOf = new Map(Object.entries(checked.data.weight_map))
  const shards = new Set(shardOf.values())
  if (shards.size === 0) throw indexError(dir, 'names no tensor')
  if (shards.size > MAX_SHARDS) throw indexError(dir, `names ${shards.size} files, at most ${MAX_SHARDS}`)
  const odd = [...shards].find((shard) => !SHARD_NAME.test(shard))
  if (odd !== undefined) {
    throw indexError(dir, `names ${JSON.stringify(odd)}, which is no safetensors file beside it`)
  }
  return shardOf
}

function readIndexJson(dir: string): unknown {
  const path = join(dir, WEIGHT_INDEX)
  const { size } = statSync(path)
  if (size > MAX_INDEX_BYTES) throw indexError(dir, `has ${size} bytes, at most ${MAX_INDEX_BYTES}`)
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw indexError(dir, 'is not JSON', error)
  }
}

function indexError(dir: string, problem: string, cause?: unknown): BackboneError {
  return new BackboneError(dir, `${WEIGHT_INDEX} ${problem}`, { file: WEIGHT_INDEX }, { cause })
}

function isFile(dir: string, name: string): boolean {
  return statSync(join(dir, name), { throwIfNoEntry: false })?.isFile() === true
}
