import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { writeFileAtomic } from './atomic-file.ts'
import { InvalidFileError } from './errors.ts'
import type { HomePaths } from './home.ts'

const KEY_BYTES = 32
/** 32 bytes in hexadecimal, so that it can be copied by hand. */
const NETWORK_KEY = /^[0-9a-f]{64}$/

export function generateNetworkKey(): Uint8Array {
  return new Uint8Array(randomBytes(KEY_BYTES))
}

/** The key that all members share; undefined if the consortium has none. @throws InvalidFileError */
export async function readNetworkKey({
  networkKey,
}: Pick<HomePaths, 'networkKey'>): Promise<Uint8Array | undefined> {
  let text
  try {
    text = (await readFile(networkKey, 'utf8')).trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new InvalidFileError(networkKey, [`cannot be read (${(error as Error).message})`], { cause: error })
  }
  if (NETWORK_KEY.test(text)) return new Uint8Array(Buffer.from(text, 'hex'))
  const advice = 'take it from another member, or join with the ticket again'
  throw new InvalidFileError(networkKey, [
    `expected 64 hexadecimal digits, got ${text.length} characters; ${advice}`,
  ])
}

/** Readable by its owner only. */
export async function writeNetworkKey(
  { networkKey }: Pick<HomePaths, 'networkKey'>,
  key: Uint8Array,
): Promise<void> {
  await writeFileAtomic(networkKey, `${Buffer.from(key).toString('hex')}\n`, { mode: 0o600 })
}
