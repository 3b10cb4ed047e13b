import { resolveBackbone, type ResolvedBackbone } from '../training/index.ts'
import { assertBackbone } from './assert-backbone.ts'
import type { Charter } from './charter.ts'
import { downloadView } from './download-view.ts'

/** Where a backbone that is fetched says how far it is, and what ends it. */
export interface FetchContext {
  readonly signal?: AbortSignal | undefined
  /** @default nothing is said */
  readonly progress?: NodeJS.WriteStream | undefined
}

/**
 * The directory of a backbone by its path or its name on the Hugging Face Hub, fetched where it has to be.
 *
 * @throws HubError - it cannot be had
 */
export async function findBackbone(
  nameOrDir: string,
  { signal, progress }: FetchContext = {},
): Promise<ResolvedBackbone> {
  const view = progress && downloadView(progress)
  try {
    return await resolveBackbone(nameOrDir, {
      ...(signal !== undefined && { signal }),
      ...(view !== undefined && { onProgress: view.onProgress }),
    })
  } finally {
    view?.close()
  }
}

/**
 * The directory of a site's backbone by what its settings say, after it has been compared with the charter's.
 *
 * @throws PeermergeError ERR_WRONG_BACKBONE, BackboneError, HubError
 */
export async function charterBackbone(
  charter: Charter,
  nameOrDir: string,
  context: FetchContext = {},
): Promise<string> {
  const { dir } = await findBackbone(nameOrDir, context)
  await assertBackbone(charter, dir, context.signal)
  return dir
}
