import type { Random } from '../../../src/training/synthetic/random.ts'
import { stampDisc } from './mask.ts'
import type { Mask } from './mask.ts'
import type { Pose } from './pose.ts'

/** x' = a x + b y + e, y' = c x + d y + f. */
type Affine = readonly [number, number, number, number, number, number]

/**
 * A class of fractals: the attractor of a random iterated function system.
 *
 * @see Kataoka et al., Pre-training without Natural Images, ACCV 2020
 */
export interface FractalClass {
  readonly maps: readonly Affine[]
  /** Cumulated probability of each map, by the area that it keeps. */
  readonly share: readonly number[]
}

/** A contraction by singular values below 1, with a random shift. */
function randomAffine(random: Random): Affine {
  const [p, q] = [random.between(0, 2 * Math.PI), random.between(0, 2 * Math.PI)]
  const [s, t] = [random.between(0.3, 0.85), random.between(0.15, 0.7) * (random.chance(0.5) ? 1 : -1)]
  const [cp, sp, cq, sq] = [Math.cos(p), Math.sin(p), Math.cos(q), Math.sin(q)]
  return [
    s * cp * cq - t * sp * sq,
    -s * cp * sq - t * sp * cq,
    s * sp * cq + t * cp * sq,
    -s * sp * sq + t * cp * cq,
    random.between(-1, 1),
    random.between(-1, 1),
  ]
}

/** Points of the attractor, moved and scaled into the unit circle's square. */
function attractor(fractal: FractalClass, points: number, random: Random): Float32Array {
  const out = new Float32Array(2 * points)
  let [x, y] = [0, 0]
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity]
  for (let i = -20; i < points; i++) {
    const draw = random.next()
    const map = fractal.maps[fractal.share.findIndex((share) => draw <= share)]!
    ;[x, y] = [map[0] * x + map[1] * y + map[4], map[2] * x + map[3] * y + map[5]]
    if (i < 0) continue
    out[2 * i] = x
    out[2 * i + 1] = y
    ;[left, right] = [Math.min(left, x), Math.max(right, x)]
    ;[top, bottom] = [Math.min(top, y), Math.max(bottom, y)]
  }
  for (let i = 0; i < points; i++) {
    out[2 * i] = (2 * (out[2 * i]! - left)) / (right - left) - 1
    out[2 * i + 1] = (2 * (out[2 * i + 1]! - top)) / (bottom - top) - 1
  }
  return out
}

/** Share of a 24 × 24 grid that the attractor touches: very thin and very full ones are poor pictures. */
function coverage(fractal: FractalClass, random: Random): number {
  const cells = new Set<number>()
  const points = attractor(fractal, 1500, random)
  for (let i = 0; i < points.length; i += 2) {
    cells.add(Math.floor((points[i]! + 1) * 11.99) * 24 + Math.floor((points[i + 1]! + 1) * 11.99))
  }
  return cells.size / 576
}

export function fractalClass(random: Random): FractalClass {
  for (;;) {
    const maps = Array.from({ length: 2 + random.below(3) }, () => randomAffine(random))
    const areas = maps.map(([a, b, c, d]) => Math.max(0.02, Math.abs(a * d - b * c)))
    const total = areas.reduce((sum, area) => sum + area, 0)
    let sum = 0
    const share = areas.map((area, i) => (i === areas.length - 1 ? 1 : (sum += area / total)))
    const covered = coverage({ maps, share }, random)
    if (covered > 0.12 && covered < 0.6) return { maps, share }
  }
}

/** A member of the class: its maps are bent by a few percent, and its pose and its pen vary. */
export function drawFractal(fractal: FractalClass, mask: Mask, pose: Pose, random: Random): void {
  const bent = fractal.maps.map(
    (map) => map.map((value) => value * random.between(0.94, 1.06)) as unknown as Affine,
  )
  const points = attractor({ maps: bent, share: fractal.share }, 900, random)
  const radius = random.between(0.35, 0.9)
  for (let i = 0; i < points.length; i += 2) {
    const { x, y } = pose(points[i]!, points[i + 1]!)
    stampDisc(mask, x, y, radius)
  }
}
