/** Which samples a model was right on, a bit each. */
export interface RightSamples {
  readonly count: number
  /** Eight samples a byte, the first in its lowest bit, as base64. */
  readonly bits: string
}

/** What a record keeps of them: nothing where each seed holds out other samples, which then cannot be compared. */
export function recordedRight(
  { redrawn }: { readonly redrawn?: number },
  right: ArrayLike<boolean | number>,
): { readonly right?: RightSamples } {
  return redrawn === undefined ? { right: packRight(right) } : {}
}

export function packRight(right: ArrayLike<boolean | number>): RightSamples {
  const bytes = new Uint8Array(Math.ceil(right.length / 8))
  for (let i = 0; i < right.length; i++) if (right[i]) bytes[i >> 3]! |= 1 << (i & 7)
  return { count: right.length, bits: Buffer.from(bytes).toString('base64') }
}

/** Sample by sample, 1 where the model was right. */
export function unpackRight({ count, bits }: RightSamples): Uint8Array {
  const bytes = Buffer.from(bits, 'base64')
  return Uint8Array.from({ length: count }, (_, i) => (bytes[i >> 3]! >> (i & 7)) & 1)
}
