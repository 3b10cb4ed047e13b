import { fractalNoise, valueNoise } from '../../noise.ts'
import { forEachSample, setAlbedo } from '../relief.ts'
import type { Material } from '../types.ts'

/** Rolled steel: fine parallel brush marks, slightly wavy, on a bluish grey with slow patches of tone. */
export const brushedMetal: Material = (relief, random) => {
  const angle = random.normal() * 0.12
  const along = Math.cos(angle)
  const across = Math.sin(angle)
  const marks = fractalNoise(random.fieldSeed(), 3, 0.7)
  const patches = valueNoise(random.fieldSeed())
  const pitch = random.between(0.6, 1)
  const tone = random.between(0.42, 0.56)
  forEachSample(relief, (index, x, y) => {
    const u = x * along + y * across
    const v = y * along - x * across
    const mark = marks(u * 0.03, v * pitch) - 0.5
    const patch = patches(u * 0.02 + 9, v * 0.05) - 0.5
    relief.height[index] = mark * 0.5
    setAlbedo(relief, index, [0.94, 0.98, 1.05], tone + mark * 0.34 + patch * 0.12)
  })
}
