import { readFile } from 'node:fs/promises'
import { InvalidFileError } from '../errors.ts'

/** What `openssl rand -hex 16` writes is long enough. */
const LEAST_CHARACTERS = 32

/** The bearer token in a file; white space around it does not count. @throws InvalidFileError */
export async function readToken(file: string): Promise<string> {
  let text
  try {
    text = (await readFile(file, 'utf8')).trim()
  } catch (error) {
    const advice = 'write a token into it, e.g. by openssl rand -hex 32'
    throw new InvalidFileError(file, [`cannot be read (${(error as Error).message}); ${advice}`], { cause: error }) // prettier-ignore
  }
  if (text.length >= LEAST_CHARACTERS && !/\s/.test(text)) return text
  const problem = `expected one token of at least ${LEAST_CHARACTERS} characters, got ${text.length}`
  throw new InvalidFileError(file, [problem])
}
