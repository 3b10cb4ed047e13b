import { PeermergeError } from '../../errors.ts'
import type { HomePaths } from '../home.ts'
import { keptMerges, newestMerge } from '../merge-files.ts'
import { readServing } from '../serving/served-model.ts'

/** Which model answers: what the site serves; a merge of the home, by its digest or the newest; the site's own; or a state in a file. */
export type ModelChoice =
  | { readonly kind: 'merged'; readonly digest?: string | undefined }
  | { readonly kind: 'served'; readonly digest?: string | undefined }
  | { readonly kind: 'personal' }
  | { readonly kind: 'file'; readonly file: string }

/** What a person writes: `served`, `merged`, `merged:DIGEST` (the beginning of it is enough), `personal`, or a file. */
export function parseModelChoice(text: string): ModelChoice {
  if (text === 'merged' || text === 'personal' || text === 'served') return { kind: text }
  const [, digest] = /^merged:([0-9a-f]*)$/.exec(text) ?? []
  return digest === undefined ? { kind: 'file', file: text } : { kind: 'merged', digest }
}

/**
 * A merge by its whole digest, what is served by its own; other choices as they are.
 *
 * @throws PeermergeError ERR_NO_MERGE - there is none; ERR_UNKNOWN_MERGE - none of those kept begins so, or several do
 */
export async function settleChoice(
  { merges, served }: Pick<HomePaths, 'merges' | 'served'>,
  choice: ModelChoice,
): Promise<ModelChoice> {
  if (choice.kind === 'served') return { ...choice, digest: (await readServing(served))?.current.digest }
  if (choice.kind !== 'merged') return choice
  if (choice.digest === undefined) return { kind: 'merged', digest: await newestMerge(merges) }
  const { digest: asked } = choice
  const kept = await keptMerges(merges)
  const [found, ...others] = kept.filter((digest) => digest.startsWith(asked))
  if (found !== undefined && others.length === 0) return { kind: 'merged', digest: found }
  const problem =
    found === undefined ? 'no merge that is kept there begins so' : `${others.length + 1} begin so`
  const known = kept.map((digest) => digest.slice(0, 12)).join(', ') || 'none'
  const text = `merged:${asked}: ${problem}; kept in ${merges}: ${known}`
  throw new PeermergeError('ERR_UNKNOWN_MERGE', text, { asked, kept })
}
