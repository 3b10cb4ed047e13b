import type { Random } from '../../random.ts'
import { forEachSample, SIDE, smoothstep, tintAlbedo } from '../relief.ts'
import { distanceToPath } from '../stroke.ts'
import type { Point } from '../stroke.ts'
import type { Defect } from '../types.ts'

function scratchPath(random: Random): Point[] {
  const angle = random.between(0, Math.PI)
  const half = random.between(14, 30)
  const bend = random.normal() * 3
  const x = SIDE / 2 + random.normal() * 9
  const y = SIDE / 2 + random.normal() * 9
  return [-1, -0.5, 0, 0.5, 1].map((t) => ({
    x: x + half * t * Math.cos(angle) - bend * (1 - t * t) * Math.sin(angle),
    y: y + half * t * Math.sin(angle) + bend * (1 - t * t) * Math.cos(angle),
  }))
}

/** One to three long, nearly straight, bright furrows that fade at their ends. */
export const scratch: Defect = (relief, random) => {
  const count = 1 + random.below(3)
  for (let i = 0; i < count; i++) {
    const path = scratchPath(random)
    const width = random.between(0.7, 1.2)
    const strength = random.between(0.45, 0.95)
    forEachSample(relief, (index, x, y) => {
      const { distance, along } = distanceToPath(x, y, path)
      if (distance > 4) return
      const fade = smoothstep(0, 0.15, along) * smoothstep(0, 0.15, 1 - along)
      const core = (1 - smoothstep(width * 0.4, width * 1.3, distance)) * fade
      relief.height[index]! -= core * 1.6
      tintAlbedo(relief, index, [0.86, 0.86, 0.84], core * strength)
    })
  }
}
