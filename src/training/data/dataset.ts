import type { SiteData, SkippedFile } from '../types.ts'

export type Split = 'train' | 'heldOut'

/** One image file of a site; `label` is the row of its class in the charter. */
export interface ImageFile {
  readonly file: string
  readonly label: number
}

/** Files of a site by split, and what a person should know about the folder. */
export interface ImageFolder {
  readonly data: SiteData
  readonly train: readonly ImageFile[]
  readonly heldOut: readonly ImageFile[]
  readonly skipped: readonly SkippedFile[]
  readonly warnings: readonly string[]
}

/** Decoded images of one split, RGB, 8 bits a channel, interleaved, side × side each; `labels[i]` is the class of image i. */
export interface ImageSet {
  readonly side: number
  readonly pixels: Uint8Array
  readonly labels: Int32Array
}

/** How many images of each class, in the charter's order. */
export function countClasses(labels: Int32Array, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0)
  for (const label of labels) counts[label]! += 1
  return counts
}
