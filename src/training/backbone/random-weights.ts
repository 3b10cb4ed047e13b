import { createRandom } from '../../merge/index.ts'
import type { Tensor, TensorMap } from '../../merge/index.ts'
import type { Backbone } from './backbone.ts'

/** Standard deviation of initial weights, cut at two of them, as Hugging Face's ViT is initialised. */
const DEVIATION = 0.02

/**
 * Random parameters in the shapes of the backbone: norms 1, biases 0, everything else normal with deviation 0.02. For pretraining
 * from nothing, and to show what pretraining earns.
 */
export function randomWeights(
  backbone: Pick<Backbone, 'parameters'>,
  extent: number,
  seed: string,
): TensorMap {
  const tensors = new Map<string, Tensor>()
  for (const [name, shape] of backbone.parameters(extent)) {
    const data = new Float32Array(shape.reduce((product, axis) => product * axis, 1))
    if (shape.length > 1) fillNormal(data, `${seed}/${name}`)
    else if (name.endsWith('.weight')) data.fill(1)
    tensors.set(name, { shape, data })
  }
  return tensors
}

function fillNormal(data: Float32Array, seed: string): void {
  const random = createRandom(seed)
  for (let i = 0; i < data.length; i++) {
    let value = random.normal()
    while (Math.abs(value) > 2) value = random.normal()
    data[i] = value * DEVIATION
  }
}
