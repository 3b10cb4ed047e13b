import type { Tensor, TensorMap } from '../../src/merge/index.ts'
import { vitConfigSchema } from '../../src/training/backbone/vit/vit-config.ts'
import { vitParameters } from '../../src/training/backbone/vit/vit-parameters.ts'
import type { VitShape } from '../../src/training/backbone/vit/vit-parameters.ts'
import { seededRandom } from '../../src/training/synthetic/random.ts'
import { CONFIG, FORMULAS, GRID, PATCH_AREA } from './architecture.ts'
import { TRAIT_COUNT } from './formula/traits.ts'

export const SHAPES = FORMULAS.contours + FORMULAS.fractals + FORMULAS.harmonographs

/** Heads that only the pretraining has: outputs by name, all reading `hidden_size` numbers. */
export const HEADS = {
  shape: SHAPES,
  texture: FORMULAS.textures,
  traits: TRAIT_COUNT,
  patchShape: SHAPES,
  patchTexture: FORMULAS.textures,
  mask: PATCH_AREA,
} as const

export const isBackbone = (name: string): boolean => name.startsWith('vit.')

/** Names and shapes of everything that is trained. */
export function parameterShapes(): Map<string, readonly number[]> {
  const vit: VitShape = { config: vitConfigSchema.parse(CONFIG), prefix: 'vit.', leading: ['cls_token'] }
  const shapes = new Map(vitParameters(vit, GRID))
  for (const [head, outputs] of Object.entries(HEADS)) {
    shapes.set(`head.${head}.weight`, [outputs, CONFIG.hidden_size])
    shapes.set(`head.${head}.bias`, [outputs])
  }
  return shapes
}

/** Start values: norms 1, biases 0, tables 0.02, matrices normal with deviation 0.7 / √inputs. */
export function initialParameters(seed: string): TensorMap {
  const tensors = new Map<string, Tensor>()
  for (const [name, shape] of parameterShapes()) {
    const data = new Float32Array(shape.reduce((product, extent) => product * extent, 1))
    if (shape.length === 1) data.fill(name.endsWith('.weight') ? 1 : 0)
    else {
      const random = seededRandom(`${seed}/${name}`)
      const isTable = name.endsWith('token') || name.endsWith('position_embeddings')
      const deviation = isTable ? 0.02 : 0.7 / Math.sqrt(data.length / shape[0]!)
      for (let i = 0; i < data.length; i++) data[i] = deviation * random.normal()
    }
    tensors.set(name, { shape, data })
  }
  return tensors
}
