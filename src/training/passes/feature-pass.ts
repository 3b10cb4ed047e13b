import type { SamplePass } from './sample-pass.ts'
import { samplePass } from './sample-pass.ts'
import { featureGraph } from '../model/model-graph.ts'

/** Classifier inputs of one sample: `label` is its class, `x` (features). */
export interface Feature {
  readonly label: number
  readonly x: Float32Array
}

/** Classifier inputs of all samples, with the adapter or of the frozen backbone; one list a batch. */
export async function* featurePass(pass: SamplePass, adapted: boolean): AsyncGenerator<Feature[]> {
  const { model } = pass
  const width = model.backbone.features
  const key = adapted ? 'features' : 'frozen'
  for await (const { batch, outputs } of samplePass(pass, key, (shape) =>
    featureGraph(model, shape, adapted),
  )) {
    const { data } = outputs['features']!
    yield batch.indices.map((_, i) => ({
      label: batch.labels[i]!,
      x: data.subarray(i * width, (i + 1) * width),
    }))
  }
}
