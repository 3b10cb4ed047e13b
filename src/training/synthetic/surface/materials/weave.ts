import { valueNoise } from '../../noise.ts'
import { forEachSample, mixColours, setAlbedo } from '../relief.ts'
import type { Colour, Material } from '../types.ts'

const WARP: Colour = [0.3, 0.4, 0.58]
const WEFT: Colour = [0.5, 0.56, 0.66]

/** Plain weave: warp and weft threads take turns on top, each a small cylinder, with uneven yarn. */
export const weave: Material = (relief, random) => {
  const angle = random.normal() * 0.1 + 0.35
  const along = Math.cos(angle)
  const across = Math.sin(angle)
  const sag = valueNoise(random.fieldSeed())
  const yarn = valueNoise(random.fieldSeed())
  const pitch = random.between(3.6, 4.6)
  const tone = random.between(0.85, 1.15)
  forEachSample(relief, (index, x, y) => {
    const u = (x * along + y * across) / pitch + 0.7 * sag(x * 0.06, y * 0.06)
    const v = (y * along - x * across) / pitch + 0.7 * sag(x * 0.06 + 50, y * 0.06)
    const warpOnTop = (Math.floor(u) + Math.floor(v)) % 2 === 0
    const side = warpOnTop ? u - Math.floor(u) : v - Math.floor(v)
    const length = warpOnTop ? v - Math.floor(v) : u - Math.floor(u)
    const round = Math.sin(Math.PI * side) * (0.75 + 0.25 * Math.sin(Math.PI * length))
    const uneven = yarn(u * (warpOnTop ? 1 : 0.12), v * (warpOnTop ? 0.12 : 1)) - 0.5
    relief.height[index] = round * 1.1
    const colour = mixColours(WARP, WEFT, warpOnTop ? 0.1 : 0.9)
    setAlbedo(relief, index, colour, tone * (0.55 + 0.45 * round) * (1 + uneven * 0.3))
  })
}
