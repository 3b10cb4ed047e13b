import { MalformedError } from '../../errors.ts'

/** Bytes that can be read in parts: a file (positional reads) or memory. Both calls are synchronous. */
export interface ByteSource {
  readonly size: number
  /** Exactly `length` bytes from `offset`; a caller never asks beyond `size` and never writes into the result. */
  read(offset: number, length: number): Uint8Array
}

export function memorySource(bytes: Uint8Array): ByteSource {
  return { size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) }
}

/** @throws MalformedError - the source ends before that, or gives less than it has */
export function readExactly(source: ByteSource, operand: string, offset: number, length: number): Uint8Array {
  if (offset + length > source.size) {
    const problem = `ends at byte ${source.size}, expected at least ${offset + length}`
    throw new MalformedError(operand, problem, { reason: 'truncated' })
  }
  const bytes = source.read(offset, length)
  if (bytes.length !== length) {
    const problem = `read ${bytes.length} bytes at ${offset}, expected ${length}`
    throw new MalformedError(operand, problem, { reason: 'truncated' })
  }
  return bytes
}
