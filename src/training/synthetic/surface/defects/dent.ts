import { forEachSample, SIDE } from '../relief.ts'
import type { Defect } from '../types.ts'

/** A smooth hollow, seen only by how it turns the light. */
export const dent: Defect = (relief, random) => {
  const x0 = SIDE / 2 + random.normal() * 7
  const y0 = SIDE / 2 + random.normal() * 7
  const radius = random.between(7, 12)
  const depth = random.between(0.75, 1.15) * radius
  const stretch = random.between(0.75, 1.3)
  forEachSample(relief, (index, x, y) => {
    const dx = ((x - x0) * stretch) / radius
    const dy = (y - y0) / stretch / radius
    relief.height[index]! -= depth * Math.exp(-(dx * dx + dy * dy) * 1.2)
  })
}
