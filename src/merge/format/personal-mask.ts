/** `mask/<…>` for the trained tensor `adapter/<…>`, `mask/classifier/weight` for the classifier's. */
export function maskName(tensor: string): string {
  return `mask/${tensor.replace(/^adapter\//, '')}`
}

/** Bytes of a mask of this many entries: one bit each. */
export function maskBytes(entries: number): number {
  return Math.ceil(entries / 8)
}

/**
 * One bit for each entry of a tensor, in the order of its data: 1 where the entry is personal, 0 where it is shared. Entry i is bit i mod 8,
 * counted from the least significant, of byte ⌊i/8⌋; the bits after the last entry are 0.
 */
export function packMask(personal: ArrayLike<boolean | number>): Uint8Array {
  const mask = new Uint8Array(maskBytes(personal.length))
  for (let i = 0; i < personal.length; i++) if (personal[i]) mask[i >> 3]! |= 1 << (i & 7)
  return mask
}

/** Whether entry i is personal. */
export function isPersonal(mask: Uint8Array, i: number): boolean {
  return ((mask[i >> 3]! >> (i & 7)) & 1) === 1
}
