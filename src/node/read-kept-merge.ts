import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { PeermergeError } from '../errors.ts'
import { adapterDigest, classifierDigest, type MergeResult, type MergeSpec } from '../merge/index.ts'
import { keptMerges, loadState } from './merge-files.ts'
import { parseJson } from './parse-json.ts'
import { adapterOfState, charterOfState, classesOfState } from './state-file.ts'

const digest = z.string().regex(/^[0-9a-f]{64}$/)
const ids = z.array(digest).readonly()

/** What of a kept summary a merge says besides its tensors. */
const summarySchema = z.object({
  digest,
  cutDigest: digest,
  adapter: digest,
  classifier: digest,
  classifierSource: z.union([
    z.strictObject({ rule: z.enum(['start', 'counts', 'regmean', 'affine']) }),
    z.strictObject({
      rule: z.literal('analytic'),
      anchor: digest.nullable(),
      count: z.int().min(0),
      byCounts: z.array(z.string()).readonly().exactOptional(),
    }),
  ]),
  generation: z.int().min(0),
  cut: ids,
  equivocating: ids,
})

/**
 * The newest merge that a home keeps, with its tensors, as it was when it was computed. Undefined where there is none of this charter, or where
 * the file does not hold what its summary says: a node computes it again.
 *
 * @param charter - digest of the charter that the node goes by
 */
export async function readKeptMerge(
  directory: string,
  charter: string,
  spec: MergeSpec,
): Promise<MergeResult | undefined> {
  const [newest] = await keptMerges(directory)
  if (newest === undefined) return undefined
  const file = join(directory, `${newest}.safetensors`)
  if (!existsSync(file)) return undefined
  try {
    return charterOfState(file) === charter ? await readVerified(file, spec) : undefined
  } catch (error) {
    if (error instanceof PeermergeError) return undefined
    throw error
  }
}

async function readVerified(file: string, spec: MergeSpec): Promise<MergeResult | undefined> {
  const summary = file.replace(/safetensors$/, 'json')
  const said = parseJson(summarySchema, await readFile(summary, 'utf8'), summary)
  const { classifierSource, generation, cut, equivocating } = said
  const { adapter, classifier } = await loadState(file)
  const classes = classesOfState(file) ?? spec.classes
  if (adapterDigest(spec, adapter) !== said.adapter || classifierDigest(classes, classifier) !== said.classifier) return undefined // prettier-ignore
  const digests = { cut: said.cutDigest, adapter: said.adapter, classifier: said.classifier, merge: said.digest } // prettier-ignore
  const adapterSpec = adapterOfState(file) ?? spec.adapter
  return { adapterSpec, adapter, classifier, classifierSource, generation, cut, equivocating, digests }
}
