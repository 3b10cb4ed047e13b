import type { Random } from '../random.ts'
import { SIDE } from './relief.ts'
import type { Camera } from './types.ts'

/** What the camera makes of linear light: blur, vignette, white balance, noise, gamma, eight bits. */
export function photograph(radiance: Float32Array, size: number, camera: Camera, random: Random): Uint8Array {
  const sharp = blur(radiance, size, (camera.blur * size) / SIDE)
  const pixels = new Uint8Array(3 * size * size)
  for (let row = 0, index = 0; row < size; row++) {
    for (let col = 0; col < size; col++, index++) {
      const dx = (col + 0.5) / size - 0.5
      const dy = (row + 0.5) / size - 0.5
      const dark = 1 - camera.vignette * 2 * (dx * dx + dy * dy)
      for (let channel = 0; channel < 3; channel++) {
        const light = sharp[3 * index + channel]! * dark * camera.whiteBalance[channel]!
        const level = Math.max(0, light) ** (1 / camera.gamma) + camera.noise * random.normal()
        pixels[3 * index + channel] = Math.min(255, Math.max(0, Math.round(level * 255)))
      }
    }
  }
  return pixels
}

/** Two passes of a three-tap filter per axis, whose weights give the variance of a Gaussian of that radius. */
function blur(image: Float32Array, size: number, radius: number): Float32Array {
  if (radius <= 0) return image
  const side = Math.min(0.33, (radius * radius) / 4)
  let current = image
  for (let pass = 0; pass < 2; pass++) {
    current = blurAxis(current, size, side, 3, 3 * size)
    current = blurAxis(current, size, side, 3 * size, 3)
  }
  return current
}

function blurAxis(
  image: Float32Array,
  size: number,
  side: number,
  step: number,
  stride: number,
): Float32Array {
  const out = new Float32Array(image.length)
  for (let line = 0; line < size; line++) {
    for (let i = 0; i < size; i++) {
      for (let channel = 0; channel < 3; channel++) {
        const index = line * stride + i * step + channel
        const before = i > 0 ? image[index - step]! : image[index]!
        const after = i + 1 < size ? image[index + step]! : image[index]!
        out[index] = image[index]! * (1 - 2 * side) + side * (before + after)
      }
    }
  }
  return out
}
