import { connectControl } from '../control-client.ts'
import { NotRunningError } from '../errors.ts'
import type { HomePaths } from '../home.ts'

/** Has the node of a home put what it knows into its log; nothing is to be done where none runs. */
export async function flushAudit(paths: HomePaths, signal?: AbortSignal): Promise<void> {
  try {
    const control = await connectControl(paths)
    await control.execute({ command: 'audit-flush' }, { ...(signal && { signal }) })
  } catch (error) {
    if (!(error instanceof NotRunningError)) throw error
  }
}
