import { PeermergeError } from '../../errors.ts'
import { decodeFloat16, encodeFloat16, type TensorMap, type WireType } from '../../merge/index.ts'

/** How a site keeps what it has of the others: as it was added up, or in half the bytes. */
export const REST_PRECISIONS = ['single', 'half'] as const
export type RestPrecision = (typeof REST_PRECISIONS)[number]

const isRest = (name: string): boolean => name.startsWith('rest/')

/** The number type of a tensor of a site's own model on the disk. */
export function kindOnDisk(precision: RestPrecision): (name: string) => WireType {
  return (name) => (precision === 'half' && isRest(name) ? 'F16' : 'F32')
}

/**
 * What a site has of the others as it is kept: trained beside, evaluated and stored to the same bits.
 *
 *   half: x̃ nearest binary16 of x      |x̃ − x| ≤ 2⁻¹¹ |x|, and ≤ 2⁻²⁵ for |x| < 2⁻¹⁴
 *
 * @throws PeermergeError ERR_REST_RANGE - an entry is beyond 65504, the largest number in half precision
 */
export function keptRest(adapter: TensorMap, precision: RestPrecision): TensorMap {
  if (precision === 'single') return adapter
  const kept = [...adapter].map(([name, tensor]) => {
    if (!isRest(name)) return [name, tensor] as const
    const data = decodeFloat16(encodeFloat16(tensor.data))
    if (data.every((value) => Number.isFinite(value))) return [name, { ...tensor, data }] as const
    const text = `${name}: an entry is beyond 65504, the largest number in half precision; set personal.restPrecision to single`
    throw new PeermergeError('ERR_REST_RANGE', text, { tensor: name })
  })
  return new Map(kept)
}
