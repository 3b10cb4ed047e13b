import { brushedMetal } from './materials/brushed-metal.ts'
import { castIron } from './materials/cast-iron.ts'
import { weave } from './materials/weave.ts'
import { woodGrain } from './materials/wood-grain.ts'
import type { SurfaceSiteSpec } from './types.ts'

/** The four sites of the demonstration. Order of `mix`: good, scratch, crack, pits, stain, dent. */
export const SURFACE_SITES: readonly SurfaceSiteSpec[] = [
  {
    name: 'steel-mill',
    material: brushedMetal,
    light: {
      azimuth: 3.9,
      elevation: 0.75,
      ambient: 0.3,
      colour: [0.97, 1, 1.05],
      falloff: 0.35,
      exposure: 1.0,
    },
    camera: { blur: 0.5, noise: 0.02, vignette: 0.35, whiteBalance: [0.98, 1, 1.04], gamma: 2.1 },
    mix: [0.1, 0.45, 0, 0, 0, 0.45],
  },
  {
    name: 'sawmill',
    material: woodGrain,
    light: {
      azimuth: 0.6,
      elevation: 0.95,
      ambient: 0.45,
      colour: [1.08, 1, 0.88],
      falloff: 0.2,
      exposure: 1.15,
    },
    camera: { blur: 0.7, noise: 0.012, vignette: 0.15, whiteBalance: [1.03, 1, 0.95], gamma: 2.2 },
    mix: [0.4, 0, 0.4, 0, 0.2, 0],
  },
  {
    name: 'weaving-mill',
    material: weave,
    light: { azimuth: 5.2, elevation: 1.05, ambient: 0.5, colour: [1, 1, 1], falloff: 0.1, exposure: 1.2 },
    camera: { blur: 0.45, noise: 0.015, vignette: 0.1, whiteBalance: [1, 1.01, 0.99], gamma: 2.2 },
    mix: [0.1, 0.1, 0, 0.4, 0.4, 0],
  },
  {
    name: 'foundry',
    material: castIron,
    light: {
      azimuth: 2.2,
      elevation: 0.6,
      ambient: 0.25,
      colour: [1.1, 1, 0.85],
      falloff: 0.5,
      exposure: 1.3,
    },
    camera: { blur: 0.55, noise: 0.03, vignette: 0.45, whiteBalance: [1, 0.98, 0.95], gamma: 2 },
    mix: [0.1, 0, 0.35, 0.35, 0, 0.2],
  },
]
