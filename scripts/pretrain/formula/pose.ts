import type { Random } from '../../../src/training/synthetic/random.ts'
import type { Place } from './mask.ts'

/** Maps a shape's own plane, where it fills about the unit circle, into the picture. */
export type Pose = (x: number, y: number) => Place

/** Any turn, mirror image, stretch and place that leaves most of the shape inside; `scale` multiplies its size. */
export function randomPose(size: number, scale: number, random: Random): Pose {
  const angle = random.between(0, 2 * Math.PI)
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
  const radius = size * scale * random.between(0.2, 0.48)
  const slack = Math.max(0, size / 2 - radius * 0.8)
  const x0 = size / 2 + random.between(-slack, slack)
  const y0 = size / 2 + random.between(-slack, slack)
  const stretch = random.between(0.8, 1.25)
  const mirror = random.chance(0.5) ? -1 : 1
  return (x, y) => {
    const [u, v] = [x * radius * stretch * mirror, (y * radius) / stretch]
    return { x: x0 + u * cos - v * sin, y: y0 + u * sin + v * cos }
  }
}
