import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { PeermergeError } from '../errors.ts'
import { CONTRIBUTION_SUFFIX } from './contribution-file.ts'
import { InvalidFileError } from './errors.ts'

/** Names in a bundle beside its contributions. */
export const BUNDLE_CHARTER = 'charter.json'
export const BUNDLE_LEDGER = 'ledger.cbor'
export const BUNDLE_ROUNDS = 'rounds.cbor'
export const BUNDLE_CLAIM = 'merge.json'
export const BUNDLE_TENSORS = 'merge.safetensors'
/** In the bundle of an audit. */
export const BUNDLE_AUDIT = 'audit.log'

/** What was found under the paths of a command line: contribution files, directories of them, bundles. */
export interface GatheredFiles {
  readonly contributions: readonly string[]
  /** Of the bundle among them, where there is one. */
  readonly charter: string | undefined
  readonly ledger: string | undefined
  readonly rounds: string | undefined
  readonly claim: string | undefined
  readonly tensors: string | undefined
  readonly audit: string | undefined
  /** In the directories, but nothing that is read. */
  readonly unread: readonly string[]
}

/**
 * Looks into directories; a path that is a file is taken for a contribution, whatever its name.
 *
 * @throws InvalidFileError - a path that is not there, or no contribution at all
 * @throws PeermergeError ERR_OPTIONS - more than one bundle
 */
export async function gatherFiles(paths: readonly string[]): Promise<GatheredFiles> {
  const found: string[] = []
  const inside: string[] = []
  for (const path of paths) {
    if (await isDirectory(path)) {
      for (const name of (await readdir(path)).sort()) inside.push(join(path, name))
    } else {
      found.push(path)
    }
  }
  const contributions = inside.filter((path) => path.endsWith(CONTRIBUTION_SUFFIX))
  const [charter, ledger, rounds, claim, tensors, audit] = [BUNDLE_CHARTER, BUNDLE_LEDGER, BUNDLE_ROUNDS, BUNDLE_CLAIM, BUNDLE_TENSORS, BUNDLE_AUDIT].map((name) => only(inside, name)) // prettier-ignore
  if (found.length + contributions.length === 0) {
    throw new InvalidFileError(paths.join(', '), [`no file ends in ${CONTRIBUTION_SUFFIX}; give contribution files or a bundle`]) // prettier-ignore
  }
  const read = new Set([...contributions, charter, ledger, rounds, claim, tensors, audit])
  return {
    contributions: [...found, ...contributions],
    charter,
    ledger,
    rounds,
    claim,
    tensors,
    audit,
    unread: inside.filter((path) => !read.has(path)),
  }
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (cause) {
    throw new InvalidFileError(path, ['is not there; give contribution files or a bundle'], { cause })
  }
}

function only(paths: readonly string[], name: string): string | undefined {
  const [first, second] = paths.filter((path) => path.endsWith(`/${name}`) || path.endsWith(`\\${name}`) || path === name) // prettier-ignore
  if (second === undefined) return first
  throw new PeermergeError('ERR_OPTIONS', `expected one bundle, got ${String(first)} and ${second}; verify them one by one`) // prettier-ignore
}
