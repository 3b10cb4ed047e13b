import { executeAtHome } from '../membership/execute-at-home.ts'
import type { HomePaths } from '../home.ts'

/** What people call the tasks of a home, by id; none where the ledger cannot be read at the moment. */
export async function taskNames(paths: HomePaths): Promise<ReadonlyMap<string, string>> {
  try {
    const { tasks } = await executeAtHome(paths, { command: 'tasks' })
    return new Map(tasks.map(({ id, name }) => [id, name]))
  } catch {
    return new Map() // another command has the home; ids do
  }
}
