import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PeermergeError } from '../../errors.ts'
import { writeFileAtomic } from '../atomic-file.ts'
import { writeBundle, type Bundle } from '../bundle.ts'
import { BUNDLE_AUDIT } from '../gather-files.ts'
import type { HomePaths } from '../home.ts'
import { AuditedLog } from './audited-log.ts'
import { readLog } from './read-log.ts'

export interface AuditExport extends Bundle {
  readonly entries: number
  /** Digest of the newest entry. */
  readonly head: string
  /** What is the matter with the log behind its last entry that holds; it is exported all the same. */
  readonly problem: string | null
}

/**
 * Writes the log of a stopped home and the bundle of the newest merge that it names: with nothing else an outsider computes that merge again.
 *
 * @throws HomeLockedError - the node runs; PeermergeError ERR_NO_AUDIT - no log; ERR_NO_MERGE - none in it;
 *   ERR_INCOMPLETE - the home no longer gives that merge, as the ledger has changed since or a part is damaged
 */
export async function exportAudit(
  paths: HomePaths,
  directory: string,
  signal?: AbortSignal,
): Promise<AuditExport> {
  const log = new AuditedLog()
  const { entries, head, bytes, flaw } = await readLog(paths.audit, { signal, onEntry: (entry, digest) => log.add(entry, digest) }) // prettier-ignore
  const merge = log.state.merge?.digest
  if (merge === undefined || head === null) {
    throw new PeermergeError(
      'ERR_NO_MERGE',
      `${paths.audit}: it names no merge yet; run the node until it has merged`,
    )
  }
  const bundle = await writeMerge(paths, directory, merge, signal)
  const content = await readFile(paths.audit)
  const file = join(directory, BUNDLE_AUDIT)
  await writeFileAtomic(file, flaw === null ? content.subarray(0, bytes) : content)
  return { ...bundle, files: [...bundle.files, file], entries, head, problem: flaw?.message ?? null }
}

async function writeMerge(
  paths: HomePaths,
  directory: string,
  merge: string,
  signal: AbortSignal | undefined,
): Promise<Bundle> {
  try {
    await access(join(paths.merges, `${merge}.json`)).catch(() => gone(merge))
    return await writeBundle(paths, directory, { merge, ...(signal && { signal }) })
  } catch (error) {
    if (!(error instanceof PeermergeError) || error.code !== 'ERR_INCOMPLETE') throw error
    const advice =
      'run the node for a moment, so that it merges what it holds and records it, and export again'
    throw new PeermergeError('ERR_INCOMPLETE', `the newest merge of the log cannot be exported: ${error.message}; ${advice}`, { merge }, { cause: error }) // prettier-ignore
  }
}

function gone(merge: string): never {
  throw new PeermergeError('ERR_INCOMPLETE', `merge ${merge}: the home does not keep it`)
}
