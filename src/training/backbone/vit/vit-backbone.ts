import type { Tensor, TensorMap } from '../../../merge/index.ts'
import { imageFormat } from '../../data/image/image-format.ts'
import { BackboneError } from '../../errors.ts'
import type { Backbone } from '../backbone.ts'
import { interpolatePositions } from './interpolate-positions.ts'
import { readPreprocessing } from './preprocessing.ts'
import { readJson } from '../read-json.ts'
import { vitConfigSchema } from './vit-config.ts'
import type { VitConfig } from './vit-config.ts'
import { vitGraph } from './vit-graph.ts'
import { vitLinears, vitParameters } from './vit-parameters.ts'
import type { VitPrefix } from './vit-parameters.ts'
import { withWeightFile } from '../weight-file.ts'

/** Describes a ViT directory from its config and the header of its weights. */
export async function openVit(dir: string): Promise<Backbone> {
  const config = await readJson(dir, 'config.json', vitConfigSchema)
  if (config === undefined) throw new BackboneError(dir, 'config.json is missing')
  const prefix = findPrefix(dir)
  const normalisation = await readPreprocessing(dir)
  const parameters = (imageSize: number): Map<string, readonly number[]> =>
    vitParameters(config, prefix, patchGrid(dir, config, imageSize))
  return {
    dir,
    family: 'vit',
    modality: 'image',
    features: config.hidden_size,
    extent: config.image_size,
    linears: vitLinears(config, prefix),
    parameters,
    load: (imageSize) => load(dir, config, prefix, patchGrid(dir, config, imageSize)),
    graph: (inputs, hooks, options) => vitGraph(config, prefix, inputs.get('pixels')!, hooks, options),
    format: (side) => Promise.resolve(imageFormat(side, normalisation)),
  }
}

function patchGrid(dir: string, config: VitConfig, imageSize: number): number {
  if (imageSize <= 0 || imageSize % config.patch_size !== 0) {
    throw new BackboneError(
      dir,
      `image size ${imageSize} is not a multiple of the patch, ${config.patch_size}`,
      {
        imageSize,
        patchSize: config.patch_size,
      },
    )
  }
  return imageSize / config.patch_size
}

function findPrefix(dir: string): VitPrefix {
  return withWeightFile(dir, ({ names }) => (names.some((name) => name.startsWith('vit.')) ? 'vit.' : ''))
}

function load(dir: string, config: VitConfig, prefix: VitPrefix, grid: number): TensorMap {
  return withWeightFile(dir, (file) => {
    const tensors = new Map<string, Tensor>()
    for (const [name, shape] of vitParameters(config, prefix, config.image_size / config.patch_size)) {
      const tensor = file.read(name, shape)
      tensors.set(name, name.endsWith('position_embeddings') ? interpolatePositions(tensor, grid) : tensor)
    }
    return tensors
  })
}
