import type { Random } from '../random.ts'
import { DEFECTS } from './classes.ts'
import { illuminate } from './illuminate.ts'
import { photograph } from './photograph.ts'
import { emptyRelief } from './relief.ts'
import type { Light, SurfaceImage, SurfaceSiteSpec } from './types.ts'

/** Lamps are never set up twice in quite the same way. */
function jitteredLight(light: Light, random: Random): Light {
  return {
    ...light,
    azimuth: light.azimuth + random.normal() * 0.25,
    elevation: Math.min(1.4, Math.max(0.45, light.elevation + random.normal() * 0.07)),
    falloff: light.falloff * random.between(0.5, 1.5),
    exposure: light.exposure * random.between(0.88, 1.12),
  }
}

/** One picture that the site takes of a surface of the class named. */
export function surfaceImage(
  site: SurfaceSiteSpec,
  className: string,
  size: number,
  random: Random,
): SurfaceImage {
  const relief = emptyRelief(size)
  site.material(relief, random)
  DEFECTS[className]?.(relief, random)
  const radiance = illuminate(relief, jitteredLight(site.light, random))
  return { className, pixels: photograph(radiance, size, site.camera, random), width: size, height: size }
}
