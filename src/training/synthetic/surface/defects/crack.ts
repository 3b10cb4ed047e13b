import type { Random } from '../../random.ts'
import { forEachSample, scaleAlbedo, SIDE, smoothstep } from '../relief.ts'
import { distanceToPath } from '../stroke.ts'
import type { Point } from '../stroke.ts'
import type { Defect } from '../types.ts'

/** A walk whose heading jerks at every step. */
function jaggedPath(start: Point, heading: number, steps: number, random: Random): Point[] {
  const path = [start]
  let { x, y } = start
  let turn = heading
  for (let i = 0; i < steps; i++) {
    turn = heading + random.normal() * 0.75
    const length = random.between(2.5, 5.5)
    x += length * Math.cos(turn)
    y += length * Math.sin(turn)
    path.push({ x, y })
  }
  return path
}

function crackPaths(random: Random): Point[][] {
  const heading = random.between(0, 2 * Math.PI)
  const reach = random.between(14, 26)
  const start = {
    x: SIDE / 2 + random.normal() * 7 - reach * Math.cos(heading),
    y: SIDE / 2 + random.normal() * 7 - reach * Math.sin(heading),
  }
  const trunk = jaggedPath(start, heading, 8 + random.below(6), random)
  const branches = Array.from({ length: 1 + random.below(3) }, () => {
    const root = trunk[2 + random.below(trunk.length - 3)]!
    const side = random.chance(0.5) ? 1 : -1
    return jaggedPath(root, heading + side * random.between(0.6, 1.3), 2 + random.below(4), random)
  })
  return [trunk, ...branches]
}

/** A dark, jagged, branching line. */
export const crack: Defect = (relief, random) => {
  const width = random.between(0.7, 1.25)
  const depth = random.between(0.6, 0.9)
  const paths = crackPaths(random)
  forEachSample(relief, (index, x, y) => {
    const distance = Math.min(...paths.map((path) => distanceToPath(x, y, path).distance))
    if (distance > 4) return
    const core = 1 - smoothstep(width * 0.4, width * 1.4, distance)
    relief.height[index]! -= core * 1.2
    scaleAlbedo(relief, index, 1 - core * depth)
  })
}
