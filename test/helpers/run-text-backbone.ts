import { constant, input, linear } from '../../src/training/graph/index.ts'
import type { Value } from '../../src/training/graph/index.ts'
import type { GraphHooks } from '../../src/training/backbone/backbone.ts'
import type { TensorMap } from '../../src/merge/index.ts'
import { onnxRuntime } from '../../src/training/runtime/onnx/runtime.ts'
import type { Backbone } from '../../src/training/backbone/backbone.ts'

/** A batch of texts as fixtures hold it. */
export interface TextBatch {
  readonly shape: readonly [number, number]
  readonly tokens: readonly number[]
  readonly mask: readonly number[]
}

/** Hooks of a frozen model without adapters. */
export function frozenHooks(weights: TensorMap): GraphHooks {
  return {
    weight: (name) => constant(weights.get(name)!.data, weights.get(name)!.shape, name),
    linear: (_, x, weight, bias) => linear(x, weight, bias),
  }
}

/** Features of a batch of texts by the frozen backbone. */
export async function textFeatures(
  backbone: Pick<Backbone, 'load' | 'graph'>,
  batch: TextBatch,
  prune: boolean,
): Promise<Float32Array> {
  const weights = backbone.load(batch.shape[1])
  const graph = (tokens: Value, mask: Value): Value =>
    backbone.graph(
      new Map([
        ['tokens', tokens],
        ['mask', mask],
      ]),
      frozenHooks(weights),
      { prune },
    )
  return (await runOnTexts(batch, (tokens, mask) => ({ features: graph(tokens, mask) })))['features']!
}

/** Runs a graph on a batch of texts once. */
export async function runOnTexts(
  { shape, tokens, mask }: TextBatch,
  build: (tokens: Value, mask: Value) => Record<string, Value>,
): Promise<Record<string, Float32Array>> {
  const outputs = build(input('tokens', shape, 'i32'), input('mask', shape))
  const executable = await onnxRuntime().compile(outputs)
  try {
    const results = await executable.run({ tokens: Int32Array.from(tokens), mask: Float32Array.from(mask) })
    return Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, data]))
  } finally {
    await executable.dispose()
  }
}
