import { stat } from 'node:fs/promises'

/** A model on the Hub: its repository, and a branch, tag or commit of it. */
export interface HubReference {
  readonly repo: string
  readonly revision: string
}

export const DEFAULT_REVISION = 'main'

const PREFIX = 'hf:'
const NAME = '[A-Za-z0-9][\\w.-]{0,95}'
const REVISION = '[A-Za-z0-9][\\w.-]*(?:/[\\w-][\\w.-]*)*'
const EXPLICIT = new RegExp(`^${PREFIX}((?:${NAME}/)?${NAME})(?:@(${REVISION}))?$`)
const IMPLICIT = new RegExp(`^(${NAME}/${NAME})(?:@(${REVISION}))?$`)

/**
 * What a person means by a backbone: `hf:owner/name[@revision]`, or the same without `hf:` where no directory of that name is; undefined
 * for a directory.
 */
export async function parseReference(text: string): Promise<HubReference | undefined> {
  const match = EXPLICIT.exec(text) ?? ((await isDirectory(text)) ? null : IMPLICIT.exec(text))
  if (match === null) return undefined
  const [, repo = '', revision = DEFAULT_REVISION] = match
  return { repo, revision }
}

/** `hf:owner/name@revision` */
export function formatReference({ repo, revision }: HubReference): string {
  return `${PREFIX}${repo}@${revision}`
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch {
    return false
  }
}
