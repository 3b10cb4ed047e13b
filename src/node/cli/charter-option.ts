import { readFile } from 'node:fs/promises'
import { Option } from 'commander'
import { parseCharter, type Charter } from '../charter.ts'
import { InvalidFileError } from '../errors.ts'

export function charterOption(): Option {
  return new Option('--charter <file>', 'charter.json of the consortium').makeOptionMandatory()
}

/** @throws InvalidFileError - unreadable or no charter */
export async function readCharterFile(file: string): Promise<Charter> {
  try {
    return parseCharter(await readFile(file, 'utf8'), file)
  } catch (cause) {
    if (cause instanceof InvalidFileError) throw cause
    throw new InvalidFileError(file, ['cannot be read; give the charter.json that the founder made'], {
      cause,
    })
  }
}
