import { Option } from 'commander'
import { readCharterFile } from '../charter-file.ts'
import type { Charter } from '../charter.ts'
import { InvalidFileError } from '../errors.ts'
import type { GatheredFiles } from '../gather-files.ts'

export function bundleCharterOption(): Option {
  return new Option('--charter <file>', 'charter.json of the consortium (default: the bundle’s)')
}

/** The charter that was given, or else the bundle's. @throws InvalidFileError - neither */
export async function bundleCharter(given: string | undefined, { charter }: GatheredFiles): Promise<Charter> {
  const file = given ?? charter
  if (file !== undefined) return readCharterFile(file)
  throw new InvalidFileError('charter', ['expected --charter, or a directory with charter.json; got neither'])
}
