import { SIDE } from './relief.ts'
import type { Light, Relief } from './types.ts'

/**
 * Light that a relief sends to the camera: Lambert's cosine on the normals of the height field, plus ambient light, with a
 * fall of brightness along the lamp's direction. Returns three values per sample, linear.
 */
export function illuminate(relief: Relief, light: Light): Float32Array {
  const { size, height, albedo } = relief
  const step = SIDE / size
  const flat = Math.cos(light.elevation)
  const lamp = [
    flat * Math.cos(light.azimuth),
    flat * Math.sin(light.azimuth),
    Math.sin(light.elevation),
  ] as const
  const radiance = new Float32Array(3 * size * size)
  for (let row = 0, index = 0; row < size; row++) {
    for (let col = 0; col < size; col++, index++) {
      const slopeX = (at(height, size, row, col + 1) - at(height, size, row, col - 1)) / (2 * step)
      const slopeY = (at(height, size, row + 1, col) - at(height, size, row - 1, col)) / (2 * step)
      const length = Math.sqrt(1 + slopeX * slopeX + slopeY * slopeY)
      const cosine = Math.max(0, (lamp[2] - slopeX * lamp[0] - slopeY * lamp[1]) / length) / lamp[2]
      const place = ((col / size - 0.5) * lamp[0] + (row / size - 0.5) * lamp[1]) / flat
      const shade =
        light.exposure *
        (1 + light.falloff * place) *
        (light.ambient + (1 - light.ambient) * Math.min(cosine, 2.2))
      for (let channel = 0; channel < 3; channel++) {
        radiance[3 * index + channel] = albedo[3 * index + channel]! * light.colour[channel]! * shade
      }
    }
  }
  return radiance
}

/** Height at a sample, the border repeated outside. */
function at(height: Float32Array, size: number, row: number, col: number): number {
  const r = Math.min(size - 1, Math.max(0, row))
  const c = Math.min(size - 1, Math.max(0, col))
  return height[r * size + c]!
}
