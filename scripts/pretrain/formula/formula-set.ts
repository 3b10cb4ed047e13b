import { seededRandom } from '../../../src/training/synthetic/random.ts'
import type { Random } from '../../../src/training/synthetic/random.ts'
import { compose } from './compose.ts'
import { contourClass, drawContour } from './contour.ts'
import { drawFractal, fractalClass } from './fractal.ts'
import { drawHarmonograph, harmonographClass } from './harmonograph.ts'
import { emptyMask } from './mask.ts'
import type { Mask } from './mask.ts'
import { randomPose } from './pose.ts'
import type { Pose } from './pose.ts'
import { drawTexture, textureClass } from './texture.ts'
import { pictureTraits } from './traits.ts'

export interface FormulaSetOptions {
  readonly seed: string
  readonly contours: number
  readonly fractals: number
  readonly harmonographs: number
  readonly textures: number
}

/** A picture made by two formulas: the shape in front and the texture behind it, to be told apart by the learner. */
export interface FormulaImage {
  readonly pixels: Uint8Array
  /** Where the shape is. */
  readonly mask: Mask
  readonly shape: number
  readonly texture: number
  /** See traits.ts. */
  readonly traits: Float32Array
}

export interface FormulaSet {
  readonly shapes: number
  readonly textures: number
  /** Picture n: a function of the set's seed, n and the size alone. */
  image(n: number, size: number): FormulaImage
}

type Draw = (mask: Mask, pose: Pose, random: Random) => void

/** Mostly one copy of the shape, sometimes none or a few small ones. */
function drawCopies(draw: Draw, size: number, random: Random): Mask {
  const mask = emptyMask(size)
  const kind = random.next()
  const copies = kind < 0.08 ? 0 : kind < 0.75 ? 1 : 2 + random.below(6)
  for (let i = 0; i < copies; i++) draw(mask, randomPose(size, copies > 1 ? 0.4 : 1, random), random)
  return mask
}

/** All classes of the pretraining set, drawn from the seed. */
export function formulaSet(options: FormulaSetOptions): FormulaSet {
  const random = seededRandom(`${options.seed}/classes`)
  const repeat = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make)
  const contours = repeat(options.contours, () => contourClass(random))
  const fractals = repeat(options.fractals, () => fractalClass(random))
  const curves = repeat(options.harmonographs, () => harmonographClass(random))
  const textures = repeat(options.textures, () => textureClass(random))
  const shapes: Draw[] = [
    ...contours.map(
      (c): Draw =>
        (mask, pose, stream) =>
          drawContour(c, mask, pose, stream),
    ),
    ...fractals.map(
      (c): Draw =>
        (mask, pose, stream) =>
          drawFractal(c, mask, pose, stream),
    ),
    ...curves.map(
      (c): Draw =>
        (mask, pose, stream) =>
          drawHarmonograph(c, mask, pose, stream),
    ),
  ]
  return {
    shapes: shapes.length,
    textures: textures.length,
    image: (n, size) => {
      const stream = seededRandom(`${options.seed}/image/${n}`)
      const shape = stream.below(shapes.length)
      const texture = stream.below(textures.length)
      const mask = drawCopies(shapes[shape]!, size, stream)
      const ground = drawTexture(textures[texture]!, size, stream)
      const { pixels, choices } = compose(ground, mask, stream)
      return { pixels, mask, shape, texture, traits: pictureTraits(mask, ground, choices) }
    },
  }
}
