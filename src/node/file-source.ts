import { fstatSync, readSync } from 'node:fs'
import { MalformedError } from '../errors.ts'
import type { ByteSource } from '../merge/index.ts'

/** An open file, read in parts where they lie. @throws MalformedError - not a regular file */
export function fileSource(operand: string, descriptor: number): ByteSource {
  const stat = fstatSync(descriptor)
  if (!stat.isFile()) throw new MalformedError(operand, 'not a regular file', { reason: 'malformed' })
  return {
    size: stat.size,
    read(offset, length) {
      const bytes = new Uint8Array(length)
      let done = 0
      while (done < length) {
        const count = readSync(descriptor, bytes, done, length - done, offset + done)
        if (count === 0) return bytes.subarray(0, done) // the file has shrunk; the reader says so
        done += count
      }
      return bytes
    },
  }
}
