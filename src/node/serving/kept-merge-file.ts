import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { adapterDigest, classifierDigest } from '../../merge/index.ts'
import { PeermergeError } from '../../errors.ts'
import { mergeSpecOf } from '../charter.ts'
import type { HomePaths } from '../home.ts'
import { readClaim } from '../merge-claim.ts'
import { loadState } from '../merge-files.ts'
import { charterOfMerge } from '../predict/find-model.ts'
import { classesOfState } from '../state-file.ts'

/**
 * The file of a merge that a home keeps, where its tensors have the digests that the merge was made of. Undefined where it is gone, holds other
 * values, or was made under a charter that is not known here as long as a node runs.
 */
export async function keptMergeFile(paths: HomePaths, digest: string): Promise<string | undefined> {
  const [file, summary] = ['safetensors', 'json'].map((end) => join(paths.merges, `${digest}.${end}`)) as [string, string] // prettier-ignore
  if (!existsSync(file) || !existsSync(summary)) return undefined
  try {
    return (await hasDigests(paths, file, summary)) ? file : undefined
  } catch (error) {
    if (error instanceof PeermergeError) return undefined
    throw error
  }
}

async function hasDigests(paths: HomePaths, file: string, summary: string): Promise<boolean> {
  const said = await readClaim(summary)
  const spec = mergeSpecOf(await charterOfMerge(paths, file))
  const { adapter, classifier } = await loadState(file)
  const classes = classesOfState(file) ?? spec.classes
  return adapterDigest(spec, adapter) === said.adapter && classifierDigest(classes, classifier) === said.classifier // prettier-ignore
}
