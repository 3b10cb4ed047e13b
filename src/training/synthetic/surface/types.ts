import type { Random } from '../random.ts'

/** Colour as linear red, green, blue in [0, 1]. */
export type Colour = readonly [number, number, number]

/**
 * A surface before light falls on it, sampled on a square grid. Lengths are in units of 1/64 of the image's side, so that
 * the same seed gives the same picture at every size.
 */
export interface Relief {
  /** Samples per side. */
  readonly size: number
  /** Height above the plane per sample, in the same unit as lengths. */
  readonly height: Float32Array
  /** Reflected share of light, three per sample. */
  readonly albedo: Float32Array
}

/** Fills a fresh relief with the material; called once per image. */
export type Material = (relief: Relief, random: Random) => void

/** Works a defect into the relief of a finished material. */
export type Defect = (relief: Relief, random: Random) => void

/** How a site lights its surfaces. Angles are in radians. */
export interface Light {
  /** Direction that light comes from, in the plane of the image. */
  readonly azimuth: number
  /** Height of the lamp above the surface: low lamps show relief, high ones colour. */
  readonly elevation: number
  /** Share of light that comes from everywhere. */
  readonly ambient: number
  readonly colour: Colour
  /** Relative fall of brightness across the image, along the azimuth. */
  readonly falloff: number
  readonly exposure: number
}

/** How a site's camera turns light into bytes. */
export interface Camera {
  /** Radius of blur, in 1/64 of the side. */
  readonly blur: number
  /** Standard deviation of sensor noise, of full scale. */
  readonly noise: number
  /** Darkening of the corners, 0 … 1. */
  readonly vignette: number
  readonly whiteBalance: Colour
  readonly gamma: number
}

/** One site: what it makes, how it looks at it, and which share of its images shows which class. */
export interface SurfaceSiteSpec {
  readonly name: string
  readonly material: Material
  readonly light: Light
  readonly camera: Camera
  /** Share of images per class, in the order of SURFACE_CLASSES; sums to 1. */
  readonly mix: readonly number[]
}

/** One picture: rows of red, green, blue bytes. */
export interface SurfaceImage {
  readonly className: string
  readonly pixels: Uint8Array
  readonly width: number
  readonly height: number
}

export interface SurfaceOptions {
  readonly seed: string
  /** Images of the site. */
  readonly count: number
  /** Side in pixels. */
  readonly size: number
}
