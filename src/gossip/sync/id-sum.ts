import { createHash } from 'node:crypto'
import { concat } from 'uint8arrays/concat'
import { fromString } from 'uint8arrays/from-string'

/** 64 lanes of 32 bits: the group in which ids are summed has 2²⁰⁴⁸ elements. */
export const LANES = 64
const LANE_BYTES = 4
const DOMAIN = fromString('peermerge/sync/1\0')

/** A sum over a set of ids, lane by lane mod 2³²; independent of order, and what was added can be taken off. */
export type IdSum = Uint32Array

export function emptySum(): IdSum {
  return new Uint32Array(LANES)
}

/**
 * What one id adds to a sum: 256 bytes of SHAKE128 over it.
 *
 * A sum of the ids themselves mod 2²⁵⁶ would not do: by the generalised birthday attack (Wagner 2002) a member that may
 * choose k ids by grinding finds two sets with one sum in about 2^(256 / (1 + log₂ k)) steps, which is 2³³ for some
 * hundred of them, and two honest nodes that hold one set each would think themselves equal for ever. In 2048 bits the
 * same attack costs 2⁹⁷ steps even with a million ids (LtHash, Lewi et al. 2019, is this with wider sums); lattice
 * reduction, in more than a thousand dimensions, costs more.
 */
export function addId(sum: IdSum, id: string): void {
  const bytes = expand(id)
  for (let lane = 0; lane < LANES; lane++) sum[lane]! += bytes.readUInt32LE(lane * LANE_BYTES)
}

export function removeId(sum: IdSum, id: string): void {
  const bytes = expand(id)
  for (let lane = 0; lane < LANES; lane++) sum[lane]! -= bytes.readUInt32LE(lane * LANE_BYTES)
}

function expand(id: string): Buffer {
  const hash = createHash('shake128', { outputLength: LANES * LANE_BYTES })
  return hash.update(DOMAIN).update(id, 'hex').digest()
}

/** `into` += `sum` */
export function addSum(into: IdSum, sum: IdSum): void {
  for (let lane = 0; lane < LANES; lane++) into[lane]! += sum[lane]!
}

/** `from` −= `sum` */
export function subtractSum(from: IdSum, sum: IdSum): void {
  for (let lane = 0; lane < LANES; lane++) from[lane]! -= sum[lane]!
}

/** sha2-256 over a nonce, the number of ids and their sum (little-endian). */
export function hashSum(nonce: Uint8Array, count: number, sum: IdSum): Uint8Array {
  const bytes = Buffer.alloc((LANES + 1) * LANE_BYTES)
  bytes.writeUInt32LE(count)
  for (let lane = 0; lane < LANES; lane++) bytes.writeUInt32LE(sum[lane]!, (lane + 1) * LANE_BYTES)
  return createHash('sha256')
    .update(concat([nonce, bytes]))
    .digest()
}
