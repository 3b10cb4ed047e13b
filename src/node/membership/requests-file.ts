import { readFile } from 'node:fs/promises'
import { fromString } from 'uint8arrays/from-string'
import { toString } from 'uint8arrays/to-string'
import { z } from 'zod'
import type { RequestShelf } from '../../gossip/index.ts'
import { writeFileAtomic } from '../atomic-file.ts'
import { parseJson } from '../parse-json.ts'

const bytes = z.codec(
  z.base64url(),
  z.custom<Uint8Array>((value) => value instanceof Uint8Array),
  {
    decode: (text) => fromString(text, 'base64url'),
    encode: (value) => toString(value, 'base64url'),
  },
)

const requestsSchema = z.array(
  z.strictObject({
    peer: z.string(),
    name: z.string(),
    ticket: bytes,
    ticketDigest: z.string(),
    request: bytes,
    replaces: z.string().nullable(),
    at: z.number(),
    declined: z.boolean(),
  }),
)

/** The requests to be let in that a site has received, in a file of its home. */
export function requestsFile(path: string): RequestShelf {
  return {
    read: async () => {
      const text = await readFile(path, 'utf8').catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '[]'
        throw error
      })
      return parseJson(requestsSchema, text, path)
    },
    write: async (requests) => {
      const text = JSON.stringify(z.encode(requestsSchema, [...requests]), null, 2)
      await writeFileAtomic(path, `${text}\n`, { mode: 0o600 }) // tickets with a network key are secret
    },
  }
}
