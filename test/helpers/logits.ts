import { CompiledGraphs } from '../../src/training/model/compiled-graphs.ts'
import type { Feeds } from '../../src/training/model/compiled-graphs.ts'
import { loadModel } from '../../src/training/model/load-model.ts'
import { featureGraph } from '../../src/training/model/model-graph.ts'
import type { BatchShape } from '../../src/training/model/model-graph.ts'
import { openRuntime } from '../../src/training/runtime/open-runtime.ts'
import type { ModelSpec, ModelState } from '../../src/training/types.ts'

/** Logits of a batch under a state, as the node computes them: features by the runtime, then W x + b. Row by row. */
export async function logitsOf(
  spec: ModelSpec,
  { adapter, classifier }: ModelState,
  feeds: Feeds,
  shape: BatchShape,
): Promise<number[]> {
  const model = await loadModel(spec)
  const graphs = new CompiledGraphs(await openRuntime('onnx'), 1)
  const values = Object.fromEntries(model.adapter.start(adapter))
  const outputs = await graphs.run('features', () => featureGraph(model, shape, true), {
    ...feeds,
    ...values,
  })
  await graphs.dispose()
  const width = model.backbone.features
  const { data } = outputs['features']!
  return Array.from({ length: shape.size }, (_, row) =>
    Array.from(classifier.bias.data, (bias, c) => {
      let logit = bias
      for (let k = 0; k < width; k++) logit += classifier.weight.data[c * width + k]! * data[row * width + k]!
      return logit
    }),
  ).flat()
}

/** sin(0.37 i) + 0.5 cos(0.011 i) over the flat index i of (batch, 3, side, side), as in the fixtures made by Python. */
export function formulaPixels(batch: number, side: number): Float32Array {
  return Float32Array.from(
    { length: batch * 3 * side * side },
    (_, i) => Math.sin(0.37 * i) + 0.5 * Math.cos(0.011 * i),
  )
}
