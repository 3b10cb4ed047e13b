import type { Random } from '../../../src/training/synthetic/random.ts'
import { drawPath, fillPath } from './mask.ts'
import type { Mask } from './mask.ts'
import type { Pose } from './pose.ts'

/**
 * A class of radial contours: r(φ) = 1 + a sin(n φ) + b sin(m φ), in `rings` nested copies, filled or drawn.
 *
 * @see Takashima et al., Visual Atoms: Pre-training Vision Transformers with Sinusoidal Waves, CVPR 2023
 */
export interface ContourClass {
  readonly n: number
  readonly m: number
  readonly a: number
  readonly b: number
  readonly rings: number
  readonly filled: boolean
}

export function contourClass(random: Random): ContourClass {
  const n = 1 + random.below(9)
  return {
    n,
    m: n + 1 + random.below(12),
    a: random.between(0.1, 0.45),
    b: random.between(0.05, 0.3),
    rings: 1 + random.below(4),
    filled: random.chance(0.4),
  }
}

/** A member of the class: its waves' phase and strength, its pose and its pen vary. */
export function drawContour(contour: ContourClass, mask: Mask, pose: Pose, random: Random): void {
  const phase = random.between(0, 2 * Math.PI)
  const a = contour.a * random.between(0.8, 1.2)
  const b = contour.b * random.between(0.8, 1.2)
  const width = random.between(0.8, 2.6)
  const tremble = random.between(0, 0.03)
  const corners = 90
  for (let ring = 0; ring < (contour.filled ? 1 : contour.rings); ring++) {
    const scale = (1 - ring / (contour.rings + 0.6)) / (1 + a)
    const path = Array.from({ length: corners + 1 }, (_, i) => {
      const angle = (2 * Math.PI * (i % corners)) / corners
      const wave = 1 + a * Math.sin(contour.n * angle) + b * Math.sin(contour.m * angle + phase)
      const radius = scale * (wave + (i % corners === 0 ? 0 : tremble * random.normal()))
      return pose(radius * Math.cos(angle), radius * Math.sin(angle))
    })
    if (contour.filled) fillPath(mask, path)
    else drawPath(mask, path, width)
  }
}
