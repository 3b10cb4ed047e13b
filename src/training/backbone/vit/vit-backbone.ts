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
import type { LeadingTokens, VitShape } from './vit-parameters.ts'
import { findPrefix, readParameters } from '../read-parameters.ts'

/** Describes a ViT directory from its config and the header of its weights. */
export function openVit(dir: string): Promise<Backbone> {
  return open(dir, 'vit', ['cls_token'])
}

/** The same for a DeiT with its token of distillation; features are the class token's, as DeiTModel's classifiers take them. */
export function openDeit(dir: string): Promise<Backbone> {
  return open(dir, 'deit', ['cls_token', 'distillation_token'])
}

async function open(dir: string, family: 'vit' | 'deit', leading: LeadingTokens): Promise<Backbone> {
  const config = await readJson(dir, 'config.json', vitConfigSchema)
  if (config === undefined) throw new BackboneError(dir, 'config.json is missing')
  const shape: VitShape = { config, prefix: findPrefix(dir, `${family}.`), leading }
  const normalisation = await readPreprocessing(dir)
  return {
    dir,
    family,
    modality: 'image',
    features: config.hidden_size,
    extent: config.image_size,
    pooling: 'cls',
    normalized: false,
    linears: vitLinears(config, shape.prefix),
    defaultTargets: ['query', 'value'],
    parameters: (side) => vitParameters(shape, patchGrid(dir, config, side)),
    load: (side) => load(dir, shape, patchGrid(dir, config, side)),
    graph: (inputs, hooks, options) => vitGraph(shape, inputs.get('pixels')!, hooks, options),
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

function load(dir: string, shape: VitShape, grid: number): TensorMap {
  const { image_size: side, patch_size: patch } = shape.config
  const resized = ([name, tensor]: [string, Tensor]): [string, Tensor] => [
    name,
    name.endsWith('position_embeddings') ? interpolatePositions(tensor, grid, shape.leading.length) : tensor,
  ]
  return new Map([...readParameters(dir, vitParameters(shape, side / patch))].map(resized))
}
