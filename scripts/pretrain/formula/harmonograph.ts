import type { Random } from '../../../src/training/synthetic/random.ts'
import { drawPath } from './mask.ts'
import type { Mask } from './mask.ts'
import type { Pose } from './pose.ts'

/** A class of pen curves: x and y are each a sum of two sines of the time, drawn over part of their period. */
export interface HarmonographClass {
  readonly frequencies: readonly [number, number, number, number]
  readonly phases: readonly [number, number, number, number]
  /** Strength of the second sine. */
  readonly overtone: number
  /** Part of the period that the pen is down; open curves are below 1. */
  readonly span: number
  /** Shrinking of the curve from its start to its end. */
  readonly decay: number
}

export function harmonographClass(random: Random): HarmonographClass {
  const frequency = (): number => 1 + random.below(4)
  const phase = (): number => random.between(0, 2 * Math.PI)
  return {
    frequencies: [frequency(), frequency() + 1, frequency(), frequency() + 1],
    phases: [phase(), phase(), phase(), phase()],
    overtone: random.between(0, 0.6),
    span: random.chance(0.6) ? random.between(0.12, 0.5) : 1,
    decay: random.between(0, 0.6),
  }
}

/** A member of the class: phases, overtone and span drift, and its pose and its pen vary. */
export function drawHarmonograph(curve: HarmonographClass, mask: Mask, pose: Pose, random: Random): void {
  const [fx, gx, fy, gy] = curve.frequencies
  const [px, qx, py, qy] = curve.phases.map((phase) => phase + random.normal() * 0.08) as [
    number,
    number,
    number,
    number,
  ]
  const overtone = curve.overtone * random.between(0.8, 1.2)
  const span = curve.span * random.between(0.9, 1.1)
  const steps = 140
  const path = Array.from({ length: steps + 1 }, (_, i) => {
    const t = (i / steps) * span
    const shrink = (1 - curve.decay * (i / steps)) / (1 + overtone)
    const x = Math.sin(2 * Math.PI * fx * t + px) + overtone * Math.sin(2 * Math.PI * gx * t + qx)
    const y = Math.sin(2 * Math.PI * fy * t + py) + overtone * Math.sin(2 * Math.PI * gy * t + qy)
    return pose(shrink * x, shrink * y)
  })
  drawPath(mask, path, random.between(0.8, 2.8))
}
