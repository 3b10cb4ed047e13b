import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Option } from 'commander'
import { PeermergeError } from '../../errors.ts'
import { exportHome } from '../bundle.ts'
import type { Charter } from '../charter.ts'
import { gatherFiles, type GatheredFiles } from '../gather-files.ts'
import { readHoldings } from '../holdings/read-holdings.ts'
import { homePaths } from '../home.ts'
import type { ReadLedger } from '../ledger-file.ts'
import { bundleRules, type CharterFlags } from './bundle-charter.ts'

export interface SourceFlags extends CharterFlags {
  readonly home?: string
}

/** What is merged, and by what. */
export interface MergeSource {
  /** The charter that the consortium was founded with. */
  readonly founding: Charter
  readonly ledger: ReadLedger
  /** Certificates of the rounds of the staged schedule; undefined where none were given. */
  readonly rounds: readonly Uint8Array[] | undefined
  readonly files: GatheredFiles
}

export function sourceHomeOption(): Option {
  return new Option(
    '--home <dir>',
    'home of a site: by its charter and ledger, and without files of all that it has admitted',
  )
}

/**
 * Does something with what a command line names: files and a bundle's charter and ledger, or those of a home. Files written for it are
 * gone afterwards.
 *
 * @throws PeermergeError ERR_OPTIONS - neither files nor a home, or two charters; HomeLockedError; InvalidFileError
 */
export async function withMergeSource<T>(
  paths: readonly string[],
  flags: SourceFlags,
  work: (source: MergeSource) => Promise<T>,
): Promise<T> {
  const { home } = flags
  if (home === undefined && paths.length === 0) {
    throw new PeermergeError('ERR_OPTIONS', 'expected files, a bundle, or --home of a site; got none')
  }
  if (home === undefined) {
    const files = await gatherFiles(paths)
    return await work({ ...(await bundleRules(flags, files)), files })
  }
  if ([flags.charter, flags.ledger, flags.rounds].some((flag) => flag !== undefined)) {
    throw new PeermergeError('ERR_OPTIONS', '--home has a charter, a ledger and rounds of its own; leave out --charter, --ledger and --rounds') // prettier-ignore
  }
  return paths.length === 0 ? await withAdmitted(home, work) : await work(await filesUnder(home, paths))
}

async function filesUnder(home: string, paths: readonly string[]): Promise<MergeSource> {
  const { founding, statements, rounds } = await readHoldings(homePaths(home), { ids: [] })
  return { founding, ledger: { statements, problems: [] }, rounds, files: await gatherFiles(paths) }
}

async function withAdmitted<T>(home: string, work: (source: MergeSource) => Promise<T>): Promise<T> {
  const where = homePaths(home)
  const directory = await mkdtemp(join(tmpdir(), 'peermerge-admitted-'))
  try {
    const { founding, exported, statements, rounds } = await exportHome(where, directory)
    const nothing = {
      charter: undefined,
      ledger: undefined,
      rounds: undefined,
      claim: undefined,
      tensors: undefined,
      audit: undefined,
      unread: [],
    }
    const files = { contributions: exported, ...nothing }
    return await work({ founding, ledger: { statements, problems: [] }, rounds, files })
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
