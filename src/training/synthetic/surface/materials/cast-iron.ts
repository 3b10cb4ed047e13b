import { fractalNoise, valueNoise } from '../../noise.ts'
import { forEachSample, mixColours, setAlbedo } from '../relief.ts'
import type { Colour, Material } from '../types.ts'

const DARK: Colour = [0.2, 0.185, 0.175]
const RUST: Colour = [0.4, 0.29, 0.21]

/** Sand casting: grainy, bumpy, dark, with a breath of rust. */
export const castIron: Material = (relief, random) => {
  const bumps = fractalNoise(random.fieldSeed(), 3, 0.65)
  const rust = fractalNoise(random.fieldSeed(), 2)
  const grain = valueNoise(random.fieldSeed())
  const scale = random.between(0.16, 0.26)
  const rusty = random.between(0.2, 0.9)
  forEachSample(relief, (index, x, y) => {
    const bump = bumps(x * scale, y * scale)
    const speck = grain(x * 0.95, y * 0.95) - 0.5
    relief.height[index] = bump * 2.4 + speck * 0.5
    const colour = mixColours(DARK, RUST, rusty * rust(x * 0.05, y * 0.05 + 30))
    setAlbedo(relief, index, colour, 0.85 + bump * 0.45 + speck * 0.45)
  })
}
