import { PeermergeError } from '../../errors.ts'
import { adapterSet } from '../adapters/adapter-set.ts'
import { openBackbone } from '../backbone/open-backbone.ts'
import type { Backbone } from '../backbone/backbone.ts'
import { randomWeights } from '../backbone/random-weights.ts'
import type { Model } from './model-graph.ts'
import type { ModelSpec } from '../types.ts'

/**
 * Reads the backbone's weights, or draws random ones, and sets up the adapters.
 *
 * @throws BackboneError, UnsupportedBackboneError - the backbone cannot be used
 * @throws PeermergeError ERR_MODULE_MISMATCH - a target module is not a linear layer of it
 */
export async function loadModel(spec: ModelSpec, randomSeed?: string): Promise<Model> {
  const backbone = await openBackbone(spec.backbone)
  assertModules(backbone, spec)
  const { extent, classes } = spec
  const weights =
    randomSeed === undefined ? backbone.load(extent) : randomWeights(backbone, extent, randomSeed)
  const format = await backbone.format(extent)
  return { backbone, weights, adapter: adapterSet(spec.adapter, spec.modules), extent, format, classes }
}

/** Whether every target module is a linear layer of the backbone. @throws PeermergeError ERR_MODULE_MISMATCH */
export function assertModules(backbone: Backbone, { modules }: ModelSpec): void {
  for (const module of modules) {
    const layer = backbone.linears.find(({ name }) => name === module.name)
    if (layer?.in === module.in && layer.out === module.out) continue
    const found = layer === undefined ? 'has no such linear layer' : `has it as ${layer.out} × ${layer.in}`
    throw new PeermergeError(
      'ERR_MODULE_MISMATCH',
      `target module ${module.name} (${module.out} × ${module.in}): the backbone ${backbone.dir} ${found}`,
      { module, layer },
    )
  }
}
