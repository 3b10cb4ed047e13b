import { readFile } from 'node:fs/promises'
import { sha256Hex } from '../../merge/index.ts'
import { InvalidFileError } from '../errors.ts'
import type { HomePaths } from '../home.ts'
import { parseJson } from '../parse-json.ts'
import { NO_POLICY, policySchema, type Policy } from './policy-schema.ts'

/** A site's policy as its file has it. */
export interface FoundPolicy {
  readonly policy: Policy
  /** sha2-256 of the file's bytes, hex; null where there is none. */
  readonly digest: string | null
}

export const POLICY_ABSENT: FoundPolicy = { policy: NO_POLICY, digest: null }

/** @throws InvalidFileError - names the field, the nearest known one, what was expected and what came */
export async function readPolicy({ policy: file }: Pick<HomePaths, 'policy'>): Promise<FoundPolicy> {
  let bytes
  try {
    bytes = await readFile(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return POLICY_ABSENT
    const problem = `cannot be read (${(error as Error).message}); let the node's user read it`
    throw new InvalidFileError(file, [problem], { cause: error })
  }
  const digest = sha256Hex(bytes)
  return { policy: parseJson(policySchema, bytes.toString('utf8'), file), digest }
}
