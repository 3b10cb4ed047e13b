import { Command } from 'commander'
import { homePaths } from '../../home.ts'
import { importModel } from '../../interchange.ts'
import type { CommandFactory } from '../command.ts'
import { homeOption } from '../options.ts'
import { EXIT } from '../output.ts'

export const importCommand: CommandFactory = (context, done) =>
  new Command('import')
    .argument('<dir>', 'directory of an adapter, as PEFT’s save_pretrained writes it')
    .summary('take in a PEFT adapter as a state that training can start from')
    .description(
      'The adapter must be one that the charter can say exactly: its rank, scale and modules, for a frozen A the charter’s own. What does not fit is named and nothing is written.',
    )
    .addOption(homeOption())
    .requiredOption('--out <file>', 'state file to write')
    .addHelpText(
      'after',
      '\nExample:\n  peermerge import ./adapter --home ./hospital-a --out imported.safetensors\n  peermerge run --home ./hospital-a --state imported.safetensors',
    )
    .action(async (dir: string, flags: { home: string; out: string }) => {
      const { output } = context()
      const { adapter } = await importModel(homePaths(flags.home), dir, flags.out)
      output.result(
        { out: flags.out, tensors: [...adapter.keys()] },
        `${adapter.size} tensors and the classifier in ${flags.out}\nnext: peermerge run --home ${flags.home} --state ${flags.out}`,
      )
      done(EXIT.ok)
    })
