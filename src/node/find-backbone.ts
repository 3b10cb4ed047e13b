import { resolveBackbone, type ResolvedBackbone } from '../training/index.ts'
import { downloadView } from './download-view.ts'

/** Where a backbone that is fetched says how far it is, and what ends it. */
export interface FetchContext {
  readonly signal?: AbortSignal
  /** @default nothing is said */
  readonly progress?: NodeJS.WriteStream
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
