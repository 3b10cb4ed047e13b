import { connectControl, type ControlClient } from './control-client.ts'
import { NotRunningError } from './errors.ts'
import type { HomePaths } from './home.ts'

/** The node of a home; undefined where none runs. A control file that a killed node left behind is as good as none. */
export async function runningNode(paths: HomePaths): Promise<ControlClient | undefined> {
  try {
    const client = await connectControl(paths)
    await client.status()
    return client
  } catch (error) {
    if (error instanceof NotRunningError) return undefined
    throw error
  }
}
