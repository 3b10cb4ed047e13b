import type { LabelledFeatures } from '../../merge/index.ts'
import type { SamplePass } from './sample-pass.ts'
import { samplePass } from './sample-pass.ts'
import { featureGraph } from '../model/model-graph.ts'

/** Classifier inputs of one sample: `label` is its class, `x` (features). */
export interface Feature {
  readonly label: number
  readonly x: Float32Array
}

/** With its place in the set. */
export interface PlacedFeature extends Feature {
  readonly index: number
}

/** Classifier inputs of all samples, with the adapter or of the frozen backbone; one list a batch. */
export async function* featurePass(pass: SamplePass, adapted: boolean): AsyncGenerator<PlacedFeature[]> {
  const width = pass.model.backbone.features
  for await (const { indices, labels, rows } of featureBatches(pass, adapted)) {
    yield indices.map((index, i) => ({
      index,
      label: labels[i]!,
      x: rows.subarray(i * width, (i + 1) * width),
    }))
  }
}

/** The same in the order of the samples. Yields the number of samples done. */
export async function* collectFeatures(
  pass: SamplePass,
  adapted: boolean,
): AsyncGenerator<number, LabelledFeatures> {
  const { labels } = pass.samples
  const width = pass.model.backbone.features
  const count = labels.length
  const data = new Float32Array(count * width)
  for await (const { indices, rows } of featureBatches(pass, adapted)) {
    for (const [i, index] of indices.entries())
      data.set(rows.subarray(i * width, (i + 1) * width), index * width)
    yield indices.length
  }
  return { features: { shape: [count, width], data }, labels }
}

interface FeatureBatch {
  readonly indices: readonly number[]
  readonly labels: Int32Array
  /** (batch, features) */
  readonly rows: Float32Array
}

async function* featureBatches(pass: SamplePass, adapted: boolean): AsyncGenerator<FeatureBatch> {
  const { model } = pass
  const key = adapted ? 'features' : 'frozen'
  for await (const { batch, outputs } of samplePass(pass, key, (shape) =>
    featureGraph(model, shape, adapted),
  )) {
    yield { indices: batch.indices, labels: batch.labels, rows: outputs['features']!.data }
  }
}
