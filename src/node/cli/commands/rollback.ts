import { Command } from 'commander'
import { homePaths } from '../../home.ts'
import { renderServing } from '../../serving/render-choices.ts'
import { rollBack } from '../../serving/roll-back.ts'
import type { CommandFactory } from '../command.ts'
import { homeOption } from '../options.ts'
import { EXIT } from '../output.ts'

export const rollbackCommand: CommandFactory = (context, done) =>
  new Command('rollback')
    .summary('serves an earlier model again, at once')
    .description(
      'One that was served before, its file checked to be as it was then, or a merge that the home keeps. Newer models are left alone until peermerge choose. Works while a node runs there.',
    )
    .argument('[digest]', 'the beginning of it is enough (default: the one served before)')
    .addOption(homeOption())
    .addHelpText(
      'after',
      '\nExamples:\n  peermerge rollback --home ./a\n  peermerge rollback 3f9c2a --home ./a',
    )
    .action(async (digest: string | undefined, { home }: { readonly home: string }) => {
      const { output } = context()
      const serving = await rollBack(homePaths(home), digest, Date.now)
      output.result(serving, renderServing(serving))
      done(EXIT.ok)
    })
