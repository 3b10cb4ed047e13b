import { Option } from 'commander'
import { readCharterFile } from '../charter-file.ts'
import { charterDigest, type Charter } from '../charter.ts'
import { InvalidFileError } from '../errors.ts'
import type { GatheredFiles } from '../gather-files.ts'
import { readRoundsFile } from '../rounds-file.ts'
import { readLedgerFile, type ReadLedger } from '../ledger-file.ts'

export interface CharterFlags {
  readonly charter?: string
  readonly ledger?: string
  readonly rounds?: string
}

/** By what a bundle, or files, are judged. */
export interface BundleRules {
  /** The charter that the consortium was founded with. */
  readonly founding: Charter
  readonly ledger: ReadLedger
  /** Certificates; undefined where no file has any. */
  readonly rounds: readonly Uint8Array[] | undefined
}

export function bundleCharterOption(): Option {
  return new Option('--charter <file>', 'founding charter.json of the consortium (default: the bundle’s)')
}

export function bundleLedgerOption(): Option {
  return new Option('--ledger <file>', 'ledger.cbor of a bundle (default: the bundle’s, if it has one)')
}

export function bundleRoundsOption(): Option {
  return new Option('--rounds <file>', 'rounds.cbor of a bundle, under the staged schedule (default: the bundle’s)') // prettier-ignore
}

/** Charter, ledger and rounds that were given, or else the bundle's. @throws InvalidFileError - no charter; MalformedError */
export async function bundleRules(given: CharterFlags, files: GatheredFiles): Promise<BundleRules> {
  const founding = await chosenCharter(given.charter ?? files.charter)
  const file = given.ledger ?? files.ledger
  const none: ReadLedger = { statements: [], problems: [] }
  const ledger = file === undefined ? none : await readLedgerFile(file, charterDigest(founding))
  const rounds = given.rounds ?? files.rounds
  return { founding, ledger, rounds: rounds === undefined ? undefined : await readRoundsFile(rounds) }
}

/** @throws InvalidFileError */
async function chosenCharter(file: string | undefined): Promise<Charter> {
  if (file !== undefined) return readCharterFile(file)
  throw new InvalidFileError('charter', ['expected --charter, or a directory with charter.json; got neither'])
}
