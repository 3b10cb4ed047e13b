import { decode, encode } from '@ipld/dag-cbor'
import { z } from 'zod'
import { MalformedError, PeermergeError } from '../errors.ts'
import { openStatement, type OpenedStatement } from '../gossip/records.ts'
import { writeFileAtomic } from './atomic-file.ts'
import { readBounded } from './contribution-file.ts'

/** Far more than ledgers have: some hundred bytes a statement, and a charter now and then. */
const MAX_LEDGER_FILE_BYTES = 256 * 1024 * 1024

const schema = z.strictObject({ v: z.literal(1), statements: z.array(z.instanceof(Uint8Array)) })

/** Statements out of a file. Only those that hold are among `statements`. */
export interface ReadLedger {
  readonly statements: readonly OpenedStatement[]
  /** One line for each statement that does not hold, and for each that others name and that is not there. */
  readonly problems: readonly string[]
}

/** Writes `{ v: 1, statements }` as dag-cbor: signed statements as they travel, by ascending id. */
export async function writeLedgerFile(file: string, statements: readonly OpenedStatement[]): Promise<void> {
  const ordered = [...statements].sort((a, b) => (a.id < b.id ? -1 : 1))
  await writeFileAtomic(file, encode({ v: 1, statements: ordered.map(({ bytes }) => bytes) }))
}

/**
 * Reads the statements of a consortium and checks their signatures. What they say is for the fold.
 *
 * @throws MalformedError - not such a file
 */
export async function readLedgerFile(file: string, consortium: string): Promise<ReadLedger> {
  const statements: OpenedStatement[] = []
  const problems: string[] = []
  for (const [i, bytes] of decodeFile(file, await readBounded(file, MAX_LEDGER_FILE_BYTES)).entries()) {
    try {
      statements.push(await openStatement(bytes, consortium))
    } catch (error) {
      if (!(error instanceof PeermergeError)) throw error
      problems.push(`${file}: statement ${i + 1} does not hold: ${error.message}`)
    }
  }
  return { statements, problems: [...problems, ...missingIn(statements)] }
}

function decodeFile(file: string, bytes: Uint8Array): readonly Uint8Array[] {
  try {
    return schema.parse(decode(bytes)).statements
  } catch (cause) {
    throw new MalformedError(file, 'expected a ledger file of a bundle', { reason: 'malformed' }, { cause })
  }
}

function missingIn(statements: readonly OpenedStatement[]): string[] {
  const here = new Set(statements.map(({ id }) => id))
  const namedBy = new Map<string, string>()
  for (const { id, statement } of statements) {
    for (const parent of statement.parents) if (!here.has(parent)) namedBy.set(parent, id)
  }
  return [...namedBy].map(
    ([missing, by]) => `statement ${missing} is missing: ${by} builds on it, and says nothing without it`,
  )
}
