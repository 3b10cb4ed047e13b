import { readFile } from 'node:fs/promises'
import { parseCharter, type Charter } from './charter.ts'
import { InvalidFileError } from './errors.ts'

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
