import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { writeFileAtomic } from '../atomic-file.ts'
import { parseJson } from '../parse-json.ts'

/** Remembered, the newest; what is older still lets in, and is not shown. */
const MAX_ISSUED = 1000

const issuedSchema = z.array(
  z.strictObject({
    /** sha2-256 of the ticket without its signature. */
    digest: z.string().regex(/^[0-9a-f]{64}$/),
    fingerprint: z.string(),
    /** Milliseconds since 1970. */
    expires: z.number(),
    uses: z.number().int().min(1),
  }),
)

/** What a site remembers of a ticket that it has made; not the ticket, which is as good as a key. */
export type IssuedTicket = z.infer<typeof issuedSchema>[number]

/** A ticket that still lets in. */
export interface OpenTicket {
  readonly fingerprint: string
  /** ISO 8601. */
  readonly expires: string
  /** Newcomers that it has let in, of how many. */
  readonly used: number
  readonly uses: number
}

export interface IssuedTickets {
  /** Those that have not expired. @throws InvalidFileError */
  read(): Promise<readonly IssuedTicket[]>
  /** Remembers one more, and forgets those that have expired. */
  keep(ticket: IssuedTicket): Promise<void>
}

/** The tickets that a site has made, in a file of its home. @param now - milliseconds since 1970 */
export function issuedTickets(path: string, now: () => number): IssuedTickets {
  const read = async (): Promise<readonly IssuedTicket[]> => {
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '[]'
      throw error
    })
    return parseJson(issuedSchema, text, path).filter(({ expires }) => expires > now())
  }
  const keep = async (ticket: IssuedTicket): Promise<void> => {
    const tickets = [...(await read()), ticket].slice(-MAX_ISSUED)
    await writeFileAtomic(path, `${JSON.stringify(tickets, null, 2)}\n`, { mode: 0o600 })
  }
  return { read, keep }
}

/** Those that can let in somebody yet. @param used - how often each has been used, by its digest */
export function openTickets(
  issued: readonly IssuedTicket[],
  used: ReadonlyMap<string, number>,
): readonly OpenTicket[] {
  return issued
    .map(({ digest, fingerprint, expires, uses }) => ({
      fingerprint,
      expires: new Date(expires).toISOString(),
      used: used.get(digest) ?? 0,
      uses,
    }))
    .filter((ticket) => ticket.used < ticket.uses)
}
