import { fractalNoise } from '../../noise.ts'
import { forEachSample, scaleAlbedo, SIDE, smoothstep, tintAlbedo } from '../relief.ts'
import type { Colour, Defect } from '../types.ts'

const OIL: Colour = [0.16, 0.13, 0.07]
const RUST: Colour = [0.42, 0.2, 0.08]
const INK: Colour = [0.1, 0.12, 0.2]

/** A flat spill with a ragged soft edge: changes colour, leaves the relief as it is. */
export const stain: Defect = (relief, random) => {
  const edge = fractalNoise(random.fieldSeed(), 3)
  const colour = [OIL, RUST, INK][random.below(3)]!
  const x0 = SIDE / 2 + random.normal() * 8
  const y0 = SIDE / 2 + random.normal() * 8
  const radius = random.between(11, 19)
  const stretch = random.between(0.7, 1.4)
  const opacity = random.between(0.35, 0.7)
  forEachSample(relief, (index, x, y) => {
    const dx = (x - x0) * stretch
    const dy = (y - y0) / stretch
    const distance = Math.sqrt(dx * dx + dy * dy) / radius + (edge(x * 0.11, y * 0.11) - 0.5) * 1.1
    const wet = 1 - smoothstep(0.8, 1.05, distance)
    const rim = wet * (1 - smoothstep(0.02, 0.2, Math.abs(distance - 0.85)))
    tintAlbedo(relief, index, colour, wet * opacity)
    scaleAlbedo(relief, index, 1 - 0.25 * rim)
  })
}
