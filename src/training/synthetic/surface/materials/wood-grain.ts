import { fractalNoise, valueNoise } from '../../noise.ts'
import { forEachSample, mixColours, setAlbedo } from '../relief.ts'
import type { Colour, Material } from '../types.ts'

const EARLY: Colour = [0.56, 0.42, 0.28]
const LATE: Colour = [0.3, 0.19, 0.11]

/** Sawn board: year rings cut lengthwise, so nearly parallel bows, with fine fibres and dark pores. */
export const woodGrain: Material = (relief, random) => {
  const angle = Math.PI / 2 + random.normal() * 0.15
  const along = Math.cos(angle)
  const across = Math.sin(angle)
  const warp = fractalNoise(random.fieldSeed(), 2)
  const fibre = valueNoise(random.fieldSeed())
  const rings = random.between(0.09, 0.19)
  const phase = random.between(0, 100)
  const bow = random.between(-0.006, 0.006)
  const tone = random.between(0.85, 1.15)
  forEachSample(relief, (index, x, y) => {
    const u = (x - 32) * along + (y - 32) * across
    const v = (y - 32) * along - (x - 32) * across
    const radius = v + bow * u * u + 9 * warp(u * 0.025 + phase, v * 0.06)
    const cycle = radius * rings + phase
    const ring = cycle - Math.floor(cycle)
    const late = ring * ring * (ring < 0.92 ? 1 : (1 - ring) / 0.08)
    const pore = fibre(u * 0.12, v * 1.3) - 0.5
    relief.height[index] = late * 0.35 + pore * 0.4
    setAlbedo(relief, index, mixColours(EARLY, LATE, late), tone * (1 + pore * 0.28))
  })
}
