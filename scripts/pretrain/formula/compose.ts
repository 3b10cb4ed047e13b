import type { Random } from '../../../src/training/synthetic/random.ts'
import type { Mask } from './mask.ts'

type Colour = readonly [number, number, number]

function randomColour(random: Random): Colour {
  const grey = random.next()
  const chroma = random.next() ** 1.5
  return [0, 1, 2].map(() => grey + (random.next() - grey) * chroma) as unknown as Colour
}

const brightness = (colour: Colour): number => (colour[0] + colour[1] + colour[2]) / 3

/** A colour that can be told from the other one. */
function contrastingColour(other: Colour, random: Random): Colour {
  for (;;) {
    const colour = randomColour(random)
    const difference = colour.reduce((sum, value, i) => sum + Math.abs(value - other[i]!), 0)
    if (difference > 0.75 || Math.abs(brightness(colour) - brightness(other)) > 0.3) return colour
  }
}

/** How much brighter a raised shape looks at a pixel, lit from the side given. */
function relief(mask: Mask, row: number, col: number, dx: number, dy: number): number {
  const { size, data } = mask
  const [r0, r1] = [Math.max(0, row - 1), Math.min(size - 1, row + 1)]
  const [c0, c1] = [Math.max(0, col - 1), Math.min(size - 1, col + 1)]
  const slopeX = data[row * size + c1]! - data[row * size + c0]!
  const slopeY = data[r1 * size + col]! - data[r0 * size + col]!
  return slopeX * dx + slopeY * dy
}

export interface Composition {
  /** Rows of red, green, blue bytes. */
  readonly pixels: Uint8Array
  /** What was chosen, as numbers. */
  readonly choices: readonly number[]
}

/**
 * Puts a shape on a texture and takes a picture of it, with everything random that is not the class: two colours for the
 * ground, one for the shape, its opacity, whether it is painted or embossed, light from one side, blur, noise, gamma.
 */
export function compose(texture: Float32Array, shape: Mask, random: Random): Composition {
  const { size, data } = shape
  const ground = randomColour(random)
  const second = randomColour(random)
  const contrast = random.between(0.1, 0.8)
  const paint = contrastingColour(ground, random)
  const opacity = random.chance(0.2) ? random.between(0, 0.2) : random.between(0.4, 1)
  const emboss = opacity < 0.2 ? random.between(0.3, 0.6) : random.chance(0.3) ? random.between(0, 0.4) : 0
  const lamp = random.between(0, 2 * Math.PI)
  const [dx, dy] = [Math.cos(lamp), Math.sin(lamp)]
  const falloff = random.between(0, 0.5)
  const gamma = random.between(0.7, 1.5)
  const noise = random.between(0, 0.06)
  const light = new Float32Array(3 * size * size)
  for (let row = 0, index = 0; row < size; row++) {
    for (let col = 0; col < size; col++, index++) {
      const lit = 1 + falloff * ((col / size - 0.5) * dx + (row / size - 0.5) * dy)
      const edge = emboss === 0 ? 0 : emboss * relief(shape, row, col, dx, dy)
      for (let channel = 0; channel < 3; channel++) {
        const base = ground[channel]! + (second[channel]! - ground[channel]!) * contrast * texture[index]!
        const painted = base + (paint[channel]! - base) * data[index]! * opacity
        light[3 * index + channel] = (painted + edge) * lit
      }
    }
  }
  const blurred = random.chance(0.5)
  const pixels = Uint8Array.from(blurred ? soften(light, size) : light, (value) => {
    const level = Math.max(0, value) ** gamma + noise * (random.next() + random.next() - 1)
    return Math.min(255, Math.max(0, Math.round(255 * level)))
  })
  const contrasts = paint.map((value, channel) => opacity * (value - ground[channel]!))
  const look = [contrast, opacity, emboss, gamma, noise, Number(blurred), falloff * dx, falloff * dy]
  return { pixels, choices: [...ground, ...second, ...contrasts, ...look] }
}

/** Mean with the right and lower neighbours: half a pixel of blur. */
function soften(image: Float32Array, size: number): Float32Array {
  const out = new Float32Array(image.length)
  for (let row = 0; row < size; row++) {
    for (let col = 0; col < size; col++) {
      const [right, down] = [col + 1 < size ? 3 : 0, row + 1 < size ? 3 * size : 0]
      for (let channel = 0; channel < 3; channel++) {
        const at = 3 * (row * size + col) + channel
        out[at] = (image[at]! + image[at + right]! + image[at + down]! + image[at + right + down]!) / 4
      }
    }
  }
  return out
}
