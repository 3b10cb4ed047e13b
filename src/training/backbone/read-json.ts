import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { BackboneError } from '../errors.ts'

/** Reads and checks one JSON file of a backbone directory; undefined where the file does not exist. */
export async function readJson<T>(dir: string, file: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const text = await readText(dir, file)
  if (text === undefined) return undefined
  const checked = schema.safeParse(parse(dir, file, text))
  if (!checked.success) {
    throw new BackboneError(dir, `${file} is not valid: ${z.prettifyError(checked.error)}`, { file })
  }
  return checked.data
}

async function readText(dir: string, file: string): Promise<string | undefined> {
  try {
    return await readFile(join(dir, file), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new BackboneError(dir, `${file} cannot be read`, { file }, { cause: error })
  }
}

function parse(dir: string, file: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new BackboneError(dir, `${file} is not JSON`, { file }, { cause: error })
  }
}
