import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { writeFileAtomic } from './atomic-file.ts'
import { InvalidFileError } from './errors.ts'
import type { HomePaths } from './home.ts'

const KEY_BYTES = 32
const TEXT = /^[0-9a-f]{64}\s*$/u

export function generateNetworkKey(): Uint8Array {
  return new Uint8Array(randomBytes(KEY_BYTES))
}

/** The pre-shared key of the consortium's network; null if it has none. @throws InvalidFileError */
export async function readNetworkKey({
  networkKey,
}: Pick<HomePaths, 'networkKey'>): Promise<Uint8Array | null> {
  const text = await readFile(networkKey, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  })
  if (text === null) return null
  if (!TEXT.test(text)) {
    const problem = 'expected 64 hexadecimal digits; copy the file from another member'
    throw new InvalidFileError(networkKey, [problem])
  }
  return new Uint8Array(Buffer.from(text.trim(), 'hex'))
}

/** Readable by its owner only. */
export async function writeNetworkKey(
  { networkKey }: Pick<HomePaths, 'networkKey'>,
  key: Uint8Array,
): Promise<void> {
  await writeFileAtomic(networkKey, `${Buffer.from(key).toString('hex')}\n`, { mode: 0o600 })
}
