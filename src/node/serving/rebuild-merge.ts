import { join } from 'node:path'
import { PeermergeError } from '../../errors.ts'
import type { RecordedMerge } from '../audit/merge-history.ts'
import { writeFileAtomic } from '../atomic-file.ts'
import { exportHome, type ExportedHome } from '../bundle.ts'
import { rulesOf, standingUnder } from '../consortium-rules.ts'
import type { HomePaths } from '../home.ts'
import { memberName } from '../member-name.ts'
import { mergeBytes } from '../merge-files.ts'
import { mergeFiles } from '../offline.ts'

/** A merge of which it is known what it was made of; where no log says so, the ledger of now is taken. */
export type PastMerge = Omit<RecordedMerge, 'statements'> & Partial<Pick<RecordedMerge, 'statements'>>

/**
 * Computes an earlier merge again from its contributions, by the ledger as it was then. Contributions that have been withdrawn since, or whose author
 * was removed with them, count in no merge any more, nor in this one.
 *
 * @param directory - where it and the contributions are written
 * @returns the file of the merge
 * @throws PeermergeError ERR_INCOMPLETE - payloads are not here, or count no more, by name; ERR_MERGE_DIFFERS - they give another digest
 */
export async function rebuildMerge(
  paths: HomePaths,
  past: PastMerge,
  directory: string,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<string> {
  const home = await exportHome(paths, directory, { cut: past.cut, signal })
  assertAllCount(past, home)
  const statements = home.statements.filter(({ id }) => past.statements?.has(id) ?? true)
  const rounds = home.rounds.slice(0, past.generation) // of the staged schedule: those until then
  const merge = await mergeFiles(home.founding, home.exported, { ...(signal && { signal }), statements, rounds }) // prettier-ignore
  const { result, spec, rules, summary, refused } = merge
  if (summary.digest !== past.digest) throw differs(past.digest, summary.digest, refused[0]?.message)
  const file = join(directory, `${past.digest}.safetensors`)
  await writeFileAtomic(file, mergeBytes(result, { charter: rules.charterDigest, spec }), { mode: 0o600 })
  return file
}

/** Those of a charter that has ended since were good for what was merged then. */
const STANDS = new Set(['counts', 'other-shape', 'charter-ended'])

/** @throws PeermergeError ERR_INCOMPLETE */
function assertAllCount({ digest }: PastMerge, { founding, statements, contributions }: ExportedHome): void {
  const rules = rulesOf(founding, statements)
  const gone = contributions.flatMap(({ header }) => {
    const standing = standingUnder(rules, header)
    const name = `number ${header.sequence} of ${memberName(rules.roster, header.peer)} (${standing})`
    return STANDS.has(standing) ? [] : [name]
  })
  if (gone.length === 0) return
  const text = `merge ${digest.slice(0, 12)}: of its contributions these count no more: ${gone.join(', ')}; choose a later merge`
  throw new PeermergeError('ERR_INCOMPLETE', text, { digest, gone })
}

function differs(expected: string, actual: string, refused: string | undefined): PeermergeError {
  const why = refused ?? 'the ledger or the version of the kernel was another one then'
  const text = `merge ${expected.slice(0, 12)}: its contributions give ${actual.slice(0, 12)} now (${why}); nothing has changed`
  return new PeermergeError('ERR_MERGE_DIFFERS', text, { expected, actual })
}
