import { expectedTensors, tensorBytes, type MergeSpec } from '../../merge/index.ts'
import {
  estimateTraining,
  textExtents,
  type SampleSource,
  type TrainingMemory,
} from '../../training/index.ts'
import type { Charter } from '../charter.ts'
import type { SiteConfig } from '../home.ts'
import { trainerInit, trainOptions } from '../site-trainer.ts'

/** A node’s process, its merge threads included, that holds nothing. */
const NODE_BYTES = 210e6
/** Of what a site sends: read, merged, kept as the newest merge, and one more while the next is made. */
const MERGE_COPIES = 4
/** Sums in double precision, on the way to the node, and there. */
const SENT_COPIES = 3

/** About how many bytes a site's processes take at most. */
export interface SiteMemory {
  /** The node's own process, merges included. */
  readonly node: number
  /** Its training process, part by part; `sent`: what is measured for a contribution, and the contribution. */
  readonly training: TrainingMemory & { readonly sent: number }
  readonly trainingTotal: number
  readonly total: number
}

/**
 * From charter, settings, the number of samples and, of texts, how long they are; reads no image and no weights.
 *
 * @param config - names the directory of the backbone @throws BackboneError
 */
export async function estimateSite(
  {
    charter,
    config,
    spec,
  }: { readonly charter: Charter; readonly config: SiteConfig; readonly spec: MergeSpec },
  source: Pick<SampleSource, 'total' | 'samples'>,
  signal?: AbortSignal,
): Promise<SiteMemory> {
  const { batchSize, augment = {} } = trainOptions(charter, config, '')
  const isAugmented = Object.values(augment).some((value) => value !== undefined && value !== false)
  const { input } = charter
  const extents = input.kind === 'text' ? await textExtents(source, input.maxTokens, signal) : [input.side]
  const { model } = trainerInit(charter, config, spec)
  const sent = tensorBytes(expectedTensors(spec, 'adapter'))
  const training = {
    ...(await estimateTraining({ model, extents, batchSize, samples: source.total ?? 0, isAugmented })),
    sent: SENT_COPIES * sent,
  }
  const trainingTotal = Object.values(training).reduce((sum, part) => sum + part, 0)
  const node = NODE_BYTES + MERGE_COPIES * sent
  return { node, training, trainingTotal, total: node + trainingTotal }
}
