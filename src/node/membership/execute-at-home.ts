import type { HomePaths } from '../home.ts'
import { runningNode } from '../running-node.ts'
import type { MembershipCommand, ResultOf } from './execute-command.ts'
import { executeStopped } from './stopped-site.ts'

/** Carries out a command at a home: by its node where one runs, here where none does. */
export async function executeAtHome<C extends MembershipCommand>(
  paths: HomePaths,
  command: C,
  options: { readonly signal?: AbortSignal } = {},
): Promise<ResultOf<C>> {
  const running = await runningNode(paths)
  const result = running === undefined ? executeStopped(paths, command) : running.execute(command, options)
  return (await result) as ResultOf<C>
}
