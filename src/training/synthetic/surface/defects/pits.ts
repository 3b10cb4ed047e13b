import { forEachSample, scaleAlbedo, SIDE, smoothstep } from '../relief.ts'
import type { Defect } from '../types.ts'

/** A handful of small round holes, gathered around one place. */
export const pits: Defect = (relief, random) => {
  const x0 = SIDE / 2 + random.normal() * 8
  const y0 = SIDE / 2 + random.normal() * 8
  const spread = random.between(6, 13)
  const holes = Array.from({ length: 5 + random.below(9) }, () => ({
    x: x0 + random.normal() * spread,
    y: y0 + random.normal() * spread,
    radius: random.between(1.1, 2.6),
    depth: random.between(0.35, 0.75),
  }))
  forEachSample(relief, (index, x, y) => {
    for (const hole of holes) {
      const distance = Math.sqrt((x - hole.x) ** 2 + (y - hole.y) ** 2)
      if (distance > hole.radius * 2) continue
      const inside = 1 - smoothstep(hole.radius * 0.6, hole.radius * 1.2, distance)
      relief.height[index]! -= inside * hole.radius * 1.1
      scaleAlbedo(relief, index, 1 - inside * hole.depth)
    }
  })
}
