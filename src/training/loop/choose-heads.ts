import { createRandom } from '../../merge/index.ts'
import { allParts, chooseParts } from '../adapters/part-choice.ts'
import type { PartChoice } from '../adapters/part-choice.ts'
import type { Parameters } from '../adapters/adapter.ts'
import { batches } from '../data/batches.ts'
import type { CompiledGraphs } from '../model/compiled-graphs.ts'
import type { Model } from '../model/model-graph.ts'
import { slopesOf } from './objective.ts'
import type { Objective } from './objective.ts'
import type { CheckedOptions } from './train-options.ts'

/**
 * The adapter heads that are trained under the site's budget; all without one. Slopes are those of the first batch that training
 * will see, as it is without augmentation.
 *
 * @throws PeermergeError ERR_TRAIN_OPTIONS - the adapter has no heads, or fewer
 */
export async function chooseHeads(
  { adapter: { adapters } }: Model,
  objective: Objective,
  graphs: CompiledGraphs,
  values: Parameters,
  { heads, seed, batchSize }: CheckedOptions,
): Promise<PartChoice> {
  if (heads === undefined) return allParts(adapters)
  const { samples, format } = objective
  const slopes = async (): Promise<Parameters> => {
    const size = Math.min(batchSize, samples.labels.length)
    const [first] = batches(samples, format, { size, shuffle: createRandom(`${seed}/shuffle/0`) })
    return (await slopesOf(objective, graphs, first!, values)).gradients
  }
  return chooseParts(adapters, heads, seed, values, slopes)
}
