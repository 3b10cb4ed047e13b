import { open } from 'node:fs/promises'
import { DatasetError } from '../../errors.ts'

const UTF8_MARK = [0xef, 0xbb, 0xbf]

/** Where the text of a file begins: behind a byte order mark. @throws DatasetError - UTF-16, or not readable */
export async function startOfText(path: string): Promise<number> {
  const head = await headOf(path)
  const isUtf16 = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff)
  if (isUtf16) throw new DatasetError('ERR_TABLE', path, 'the text is UTF-16; save the file as UTF-8')
  return UTF8_MARK.every((byte, i) => head[i] === byte) ? UTF8_MARK.length : 0
}

async function headOf(path: string): Promise<Uint8Array> {
  try {
    await using file = await open(path)
    const { buffer, bytesRead } = await file.read(new Uint8Array(4), 0, 4, 0)
    return buffer.subarray(0, bytesRead)
  } catch (cause) {
    throw new DatasetError('ERR_DATA_MISSING', path, 'the file cannot be read', {}, { cause })
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The text of some bytes; undefined where they are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}
