import type { TargetModule, Tensor, TensorMap } from '../../merge/index.ts'
import type { AttachedSet } from '../adapters/adapter-set.ts'
import { constant, linear, transpose } from '../graph/index.ts'
import type { Value } from '../graph/index.ts'
import type { Model } from '../model/model-graph.ts'
import { sampleInputs } from '../model/sample-inputs.ts'
import { DEFAULT_RUNTIME } from '../runtime/runtime-name.ts'
import { openRuntime } from '../runtime/open-runtime.ts'
import type { Runtime } from '../runtime/runtime.ts'

/**
 * The weights of the target modules with their adapters in them, by module: W + ΔW (out, in), what the layer makes of the identity.
 *
 * Precision: float32, the numbers that the adapted layer itself computes with. One module is held at a time besides the results.
 */
export async function foldAdapter(
  model: Model,
  modules: readonly TargetModule[],
  adapter: TensorMap,
  signal?: AbortSignal,
): Promise<Map<string, Tensor>> {
  const values = model.adapter.start(adapter)
  const attached = model.adapter.attach((name) => {
    const { shape } = model.adapter.parameters.find((parameter) => parameter.name === name)!
    return constant(values.get(name)!, shape, name)
  })
  const runtime = await openRuntime(DEFAULT_RUNTIME)
  const folded = new Map<string, Tensor>()
  for (const [module, weight] of targetWeights(model, modules)) {
    signal?.throwIfAborted()
    folded.set(module, await foldOne(runtime, attached, module, weight))
  }
  return folded
}

/** The weights that the graph hands to its target modules. */
function targetWeights(
  { backbone, weights, extent }: Model,
  modules: readonly TargetModule[],
): Map<string, Value> {
  const targets = new Set(modules.map(({ name }) => name))
  const met = new Map<string, Value>()
  backbone.graph(sampleInputs(backbone.modality, { size: 1, extent }), {
    weight: (name) => constant(weights.get(name)!.data, weights.get(name)!.shape, name),
    linear: (module, x, weight, bias) => {
      if (targets.has(module)) met.set(module, weight)
      return linear(x, weight, bias)
    },
  })
  return met
}

async function foldOne(
  runtime: Runtime,
  attached: AttachedSet,
  module: string,
  weight: Value,
): Promise<Tensor> {
  const width = weight.shape[1]!
  const identity = new Float32Array(width * width)
  for (let i = 0; i < width; i++) identity[i * width + i] = 1
  const image = attached.linear(module, constant(identity, [width, width]), weight, undefined) // (in, out)
  const executable = await runtime.compile({ weight: transpose(image) })
  const results = await executable.run({})
  await executable.dispose()
  return results['weight']!
}
