import type { TensorMap } from '../../merge/index.ts'
import { batches } from '../data/batches.ts'
import type { SampleFormat, SampleSet } from '../data/samples.ts'
import type { CompiledGraphs } from '../model/compiled-graphs.ts'
import { languageLossGraph } from './language-graphs.ts'
import type { AdaptedLanguageModel } from './language-graphs.ts'

const BATCH = 16
const TOKEN_BYTES = Int32Array.BYTES_PER_ELEMENT

export interface LanguageLossInit {
  readonly adapted: AdaptedLanguageModel
  readonly graphs: CompiledGraphs
  readonly texts: SampleSet
  readonly format: SampleFormat
  /** Tensors under their wire names, or null for the model as it was pretrained. */
  readonly adapter: TensorMap | null
  readonly signal?: AbortSignal | undefined
}

/** Mean cross entropy of all tokens but the first of each text, in nats; e to it is the perplexity. Sums in float64 over batches. */
export async function languageLoss(init: LanguageLossInit): Promise<number> {
  const { adapted, graphs, texts, format, signal } = init
  const values = Object.fromEntries(adapted.adapter.start(init.adapter))
  const size = Math.min(BATCH, texts.labels.length)
  let total = 0
  let count = 0
  for (const { feeds, weights, extent, indices } of batches(texts, format, { size })) {
    signal?.throwIfAborted()
    const shape = { size, extent }
    const build = () => languageLossGraph(adapted, shape)
    const { loss } = await graphs.run(`language-loss/${size}/${extent}`, build, {
      ...feeds,
      weights,
      ...values,
    })
    const predicted = indices.reduce((sum, index) => sum + texts.sizes[index]! / TOKEN_BYTES - 1, 0)
    total += loss!.data[0]! * predicted
    count += predicted
  }
  return total / count
}
