import { existsSync } from 'node:fs'
import { factsOf } from './audit-kinds.ts'
import { LogState } from './log-state.ts'
import { readLog } from './read-log.ts'

/** A merge that a site has computed, as its log says it. */
export interface RecordedMerge {
  readonly digest: string
  readonly generation: number
  /** Ids of its contributions, ascending. */
  readonly cut: readonly string[]
  /** Ids of the ledger's statements that the site knew then. */
  readonly statements: ReadonlySet<string>
}

export interface MergeHistory {
  /** Of all merges, newest first, each once. */
  readonly digests: readonly string[]
  /** Those whose digest begins as was asked. */
  readonly found: ReadonlyMap<string, RecordedMerge>
}

/**
 * What a log, as far as it holds, says of the merges of its site; nothing where there is none.
 *
 * @param begins - of the digests whose cuts are wanted
 */
export async function mergeHistory(
  file: string,
  begins: string,
  signal?: AbortSignal,
): Promise<MergeHistory> {
  const state = new LogState()
  const digests = new Set<string>()
  const found = new Map<string, RecordedMerge>()
  if (!existsSync(file)) return { digests: [], found }
  await readLog(file, {
    signal,
    onEntry: (entry) => {
      state.add(entry)
      const merged = factsOf(entry, 'merge-computed')
      if (merged === undefined) return
      const { digest, generation } = merged
      digests.delete(digest) // a merge may come back
      digests.add(digest)
      if (!digest.startsWith(begins)) return
      found.set(digest, { digest, generation, cut: [...state.merge!.cut].sort(), statements: new Set(state.statements) }) // prettier-ignore
    },
  })
  return { digests: [...digests].reverse(), found }
}
