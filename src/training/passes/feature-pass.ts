import type { ImagePass } from './image-pass.ts'
import { imagePass } from './image-pass.ts'
import { featureGraph } from '../model/model-graph.ts'

/** Classifier inputs of one image: `label` is its class, `x` (features). */
export interface Feature {
  readonly label: number
  readonly x: Float32Array
}

/** Classifier inputs of all images in their order, with the adapter or of the frozen backbone; one list a batch. */
export async function* featurePass(pass: ImagePass, adapted: boolean): AsyncGenerator<Feature[]> {
  const { model } = pass
  const width = model.backbone.features
  const key = adapted ? 'features' : 'frozen'
  for await (const { batch, outputs } of imagePass(pass, key, (size) => featureGraph(model, size, adapted))) {
    const { data } = outputs['features']!
    yield Array.from({ length: batch.count }, (_, i) => ({
      label: batch.labels[i]!,
      x: data.subarray(i * width, (i + 1) * width),
    }))
  }
}
