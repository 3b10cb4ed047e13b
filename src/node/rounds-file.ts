import { existsSync } from 'node:fs'
import { decode, encode } from '@ipld/dag-cbor'
import { ClassicLevel } from 'classic-level'
import { z } from 'zod'
import { MalformedError } from '../errors.ts'
import { writeFileAtomic } from './atomic-file.ts'
import { readBounded } from './contribution-file.ts'
import { certificatesIn } from './round-store.ts'

/** Certificates have a signature for each voter and an id for each contribution: some kilobytes a round. */
const MAX_ROUNDS_FILE_BYTES = 256 * 1024 * 1024

const schema = z.strictObject({ v: z.literal(1), certificates: z.array(z.instanceof(Uint8Array)) })

/** Writes `{ v: 1, certificates }` as dag-cbor: those of rounds 0, 1, 2, … as they travel. */
export async function writeRoundsFile(file: string, certificates: readonly Uint8Array[]): Promise<void> {
  await writeFileAtomic(file, encode({ v: 1, certificates }))
}

/** What certificates say is for `verifyCertificates`. @throws MalformedError - not such a file */
export async function readRoundsFile(file: string): Promise<readonly Uint8Array[]> {
  const bytes = await readBounded(file, MAX_ROUNDS_FILE_BYTES)
  try {
    return schema.parse(decode(bytes)).certificates
  } catch (cause) {
    throw new MalformedError(file, 'expected rounds.cbor of a bundle', { reason: 'malformed' }, { cause })
  }
}

/** Certificates of a home that is locked, from round 0 on; none where no round has been decided. Its memory of rounds is not touched. */
export async function readHomeRounds(rounds: string): Promise<readonly Uint8Array[]> {
  if (!existsSync(rounds)) return []
  const database = new ClassicLevel<string, Uint8Array>(rounds, { valueEncoding: 'view' })
  await database.open()
  try {
    const certificates: Uint8Array[] = []
    for await (const one of certificatesIn(database)) certificates.push(one)
    return certificates
  } finally {
    await database.close()
  }
}
