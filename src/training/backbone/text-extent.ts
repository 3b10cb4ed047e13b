import { BackboneError } from '../errors.ts'

/** @throws BackboneError - more tokens than the backbone has positions for, or not a whole number of them */
export function checkTextExtent(dir: string, extent: number, most: number): void {
  if (Number.isInteger(extent) && extent >= 1 && extent <= most) return
  throw new BackboneError(
    dir,
    `a text of ${extent} tokens: expected 1 to ${most}, its max_position_embeddings`,
    {
      extent,
      most,
    },
  )
}
