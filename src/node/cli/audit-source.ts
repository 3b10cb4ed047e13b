import { stat } from 'node:fs/promises'
import { PeermergeError } from '../../errors.ts'
import type { AuditBundle } from '../audit/types.ts'
import { InvalidFileError } from '../errors.ts'
import { gatherFiles, type GatheredFiles } from '../gather-files.ts'
import { readClaim } from '../merge-claim.ts'
import { bundleRules, type CharterFlags } from './bundle-charter.ts'

/** What an auditor has been given. */
export interface AuditSource {
  /** The log. */
  readonly file: string
  /** Absent beside a log alone. */
  readonly bundle?: AuditBundle
}

/** @throws InvalidFileError - no log, or no whole bundle; PeermergeError ERR_OPTIONS - a charter for a log alone */
export async function readAuditSource(
  path: string,
  flags: Pick<CharterFlags, 'charter'> = {},
): Promise<AuditSource> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new InvalidFileError(path, ['is not there; give a log or the directory of an audit export'], { cause }) // prettier-ignore
  })
  if (!found.isDirectory()) {
    if (flags.charter === undefined) return { file: path }
    throw new PeermergeError('ERR_OPTIONS', '--charter is for the directory of an audit export; a log alone is judged by its signatures') // prettier-ignore
  }
  const files = await gatherFiles([path])
  const { audit, claim, contributions, tensors } = files
  if (audit === undefined || claim === undefined) throw incomplete(path, files)
  const rules = await bundleRules(flags, files)
  const isOwnCharter = flags.charter === undefined
  return { file: audit, bundle: { ...rules, isOwnCharter, contributions, claim: await readClaim(claim), tensors } } // prettier-ignore
}

function incomplete(path: string, { audit }: GatheredFiles): InvalidFileError {
  const missing = audit === undefined ? 'audit.log' : 'merge.json'
  return new InvalidFileError(path, [`has no ${missing}; give a directory that peermerge audit export has written`]) // prettier-ignore
}
