/**
 * Generated "surface inspection" pictures: four sites, six classes, no photograph anywhere.
 *
 * ```ts
 * for (let site = 0; site < SURFACE_SITES.length; site++) await writeSurfaceSite('data', site, { seed: '1', count: 240, size: 64 })
 * ```
 */
export { SURFACE_CLASSES } from './classes.ts'
export { SURFACE_SITES } from './sites.ts'
export { surfaceSite } from './surface-site.ts'
export { writeSurfaceSite } from './write-surface-site.ts'
export type { SurfaceImage, SurfaceOptions, SurfaceSiteSpec } from './types.ts'
