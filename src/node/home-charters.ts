import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { writeFileAtomic } from './atomic-file.ts'
import { readCharterFile } from './charter-file.ts'
import { charterDigest, formatCharter, parseCharterBytes, type Charter } from './charter.ts'
import { HomeLockedError } from './errors.ts'
import { readLockedRules } from './home-ledger.ts'
import { readCharter, type HomePaths } from './home.ts'

/** The charters of a home's consortium. */
export interface HomeCharters {
  readonly inForce: Charter
  /** By digest, the founding one among them; while a node runs only that one and the one it goes by. */
  readonly known: ReadonlyMap<string, Charter>
}

/** By the ledger of a stopped node, or as the node that runs said when it began. @throws InvalidFileError */
export async function readHomeCharters(paths: HomePaths): Promise<HomeCharters> {
  const founding = await readCharter(paths)
  try {
    const { charter, state } = (await readLockedRules(paths)).rules
    const amended = [...state.charterBytes].map(([digest, bytes]) => [digest, parseCharterBytes(bytes, `charter ${digest}`)] as const) // prettier-ignore
    return { inForce: charter, known: new Map([[charterDigest(founding), founding], ...amended]) }
  } catch (error) {
    if (!(error instanceof HomeLockedError)) throw error
    return await readToldCharters(paths)
  }
}

/**
 * The founding charter, and the one that a home's node goes by, as it said when it last began: what is known without the ledger. Takes no lock
 * and writes nothing.
 *
 * @throws InvalidFileError
 */
export async function readToldCharters(
  paths: Pick<HomePaths, 'charter' | 'charterInForce'>,
): Promise<HomeCharters> {
  const { charter, charterInForce: file } = paths
  const founding = await readCharter({ charter })
  const inForce = existsSync(file) ? await readCharterFile(file) : founding
  return { inForce, known: new Map([founding, inForce].map((one) => [charterDigest(one), one])) }
}

/** What a node goes by that runs from now on, for those who cannot open its ledger meanwhile. */
export async function tellCharterInForce(
  { charterInForce: file }: Pick<HomePaths, 'charterInForce'>,
  consortium: string,
  charter: Charter,
): Promise<void> {
  if (charterDigest(charter) === consortium) await rm(file, { force: true })
  else await writeFileAtomic(file, formatCharter(charter))
}
