import { Argument, Command } from 'commander'
import { homePaths } from '../../home.ts'
import { chooseModel } from '../../serving/choose-model.ts'
import { renderChoices } from '../../serving/render-choices.ts'
import { SERVED_KINDS, type ServedKind } from '../../serving/served-model.ts'
import { byOption, NOT_RECORDED } from '../by-option.ts'
import type { CommandFactory } from '../command.ts'
import { homeOption } from '../options.ts'
import { EXIT } from '../output.ts'

interface ChooseFlags {
  readonly home: string
  readonly alone?: string
  readonly force?: boolean
  readonly by?: string
}

export const chooseCommand: CommandFactory = (context, done) =>
  new Command('choose')
    .summary('which model this site serves: compares them on its held-out samples, and takes the one named')
    .description(
      'Without a model: what the merge, the site’s own model, what is served and, where it is given, the site alone get right, class by class. With one: serves it, unless another gets more right than chance explains. Works while a node runs there; training goes on from the merge whatever is served.',
    )
    .addArgument(new Argument('[model]', 'what to serve').choices(SERVED_KINDS))
    .addOption(homeOption())
    .option('--alone <file>', 'state of this site alone (default: what peermerge train left in the home)')
    .option('--force', 'serve it whatever others get right')
    .addOption(byOption())
    .addHelpText(
      'after',
      '\nExamples:\n  peermerge choose --home ./a\n  peermerge choose personal --home ./a --by "Dr. Meyer"\n  peermerge train --home ./a\n  peermerge choose alone --home ./a',
    )
    .action(async (wanted: ServedKind | undefined, { home, alone, force = false, by }: ChooseFlags) => {
      const { output, signal } = context()
      const options = { wanted, alone, force, who: by, signal, now: Date.now, progress: process.stderr }
      const found = await chooseModel(homePaths(home), options)
      output.result(found, renderChoices(found))
      if (found.recorded === false) output.note(NOT_RECORDED)
      done(EXIT.ok)
    })
