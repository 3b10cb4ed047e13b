import { Command } from 'commander'
import { homePaths } from '../home.ts'
import { executeAtHome } from '../membership/execute-at-home.ts'
import type { MembershipCommand, ResultOf } from '../membership/execute-command.ts'
import type { CommandContext } from './command.ts'
import { homeOption } from './options.ts'
import { EXIT } from './output.ts'

/** A command that a site's node carries out, or this process where no node runs. */
export function homeCommand(name: string, summary: string, description: string, examples: string): Command {
  return new Command(name)
    .summary(summary)
    .description(description)
    .addOption(homeOption())
    .addHelpText('after', `\nExample:\n${examples}`)
}

/** Has it done, prints the result and returns the exit code. */
export async function executeAndPrint<C extends MembershipCommand>(
  { output, signal }: CommandContext,
  home: string,
  command: C,
  text: (result: ResultOf<C>) => string,
): Promise<number> {
  const result = await executeAtHome(homePaths(home), command, { signal })
  output.result(result, text(result))
  return EXIT.ok
}
