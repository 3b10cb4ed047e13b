import { encode } from 'it-length-prefixed'

/** The bytes with their length before them, as the protocols send them. */
export function frame(bytes: Uint8Array): Uint8Array {
  return encode.single(bytes).subarray()
}
