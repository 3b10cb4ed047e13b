import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Every reason that docs/formats.md names for refusing a contribution. */
export async function documentedReasons(): Promise<ReadonlySet<string>> {
  const docs = await readFile(join(import.meta.dirname, '../../../docs/formats.md'), 'utf8')
  const section = /### What is refused, and its reason\n([^]*?)\n\nA Gram must be/.exec(docs)?.[1] ?? ''
  return new Set([...section.matchAll(/`([a-z]+(?:-[a-z]+)*)`/g)].map((match) => match[1]!))
}
