import { resolve } from 'node:path'
import { fetchModel } from './fetch-model.ts'
import type { FetchOptions } from './fetch-model.ts'
import { hubSettings } from './hub-settings.ts'
import type { Environment } from './hub-settings.ts'
import { formatReference, parseReference } from './model-reference.ts'

export interface ResolveOptions extends FetchOptions {
  /** @default the environment of this process */
  readonly env?: Environment
}

export interface ResolvedBackbone {
  /** The directory to open. */
  readonly dir: string
  /** What to write down to find the same again: an absolute directory, or `hf:owner/name@commit`. */
  readonly reference: string
}

/**
 * The directory of a backbone that a person names: a directory, or `hf:owner/name[@revision]` (`hf:` may be left out where no directory
 * of that name is), fetched from the Hugging Face Hub where the cache does not have it.
 *
 * @throws HubError - it is not in the cache and cannot be fetched
 */
export async function resolveBackbone(
  nameOrDir: string,
  options: ResolveOptions = {},
): Promise<ResolvedBackbone> {
  const reference = await parseReference(nameOrDir)
  if (reference === undefined) return { dir: resolve(nameOrDir), reference: resolve(nameOrDir) }
  const { dir, commit } = await fetchModel(reference, await hubSettings(options.env), options)
  return { dir, reference: formatReference({ repo: reference.repo, revision: commit }) }
}
