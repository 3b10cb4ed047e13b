import type { IncomingMessage } from 'node:http'
import { RequestError } from './serve-error.ts'

/** A body as text. @throws RequestError ERR_TOO_LARGE - over the limit, known before where the length is said; the rest is not kept */
export async function readBounded(request: IncomingMessage, maxBytes: number): Promise<string> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes)
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += piece.byteLength
    if (size > maxBytes) throw tooLarge(maxBytes)
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString('utf8')
}

function tooLarge(maxBytes: number): RequestError {
  const text = `the body is larger than ${maxBytes} bytes; send fewer inputs, or smaller images`
  return new RequestError(413, 'ERR_TOO_LARGE', text, { maxBytes })
}
