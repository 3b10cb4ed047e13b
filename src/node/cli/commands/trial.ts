import { Command } from 'commander'
import { DEFAULT_COLUMNS } from '../../../training/settings.ts'
import { renderTrial } from '../../trial/render-trial.ts'
import { runTrial } from '../../trial/run-trial.ts'
import type { CommandFactory } from '../command.ts'
import { fraction, positiveInteger, positiveNumber } from '../options.ts'
import { EXIT } from '../output.ts'

interface TrialFlags {
  readonly data: string
  readonly backbone?: string
  readonly textColumn: string
  readonly labelColumn: string
  readonly sites: number
  readonly concentration: number
  readonly heldOut: number
  readonly rounds: number
  readonly epochs: number
  readonly perClass?: number
  readonly seed: number
}

export const trialCommand: CommandFactory = (context, done) =>
  new Command('trial')
    .summary('what joining would give, tried on this site’s own data')
    .description(
      'Deals the samples to virtual sites, trains each alone, merges them by a plain mean and in closed form, and compares accuracy, bytes, time and memory. Needs no home and no network, and nothing leaves this machine.',
    )
    .requiredOption('--data <path>', 'a folder of class folders with images, or a table of texts')
    .option(
      '--backbone <dir or name>',
      'a Hugging Face directory, or hf:owner/name[@revision] to fetch it from the Hub (default: the built-in one, for images)',
    )
    .option('--text-column <name>', 'column of a table that holds the texts', DEFAULT_COLUMNS.text)
    .option('--label-column <name>', 'column of a table that holds the classes', DEFAULT_COLUMNS.label)
    .option('--sites <n>', 'virtual sites', positiveInteger, 3)
    .option('--concentration <x>', 'of the Dirichlet split among them; small is skewed', positiveNumber, 0.5)
    .option('--held-out <share>', 'of every class, to evaluate with', fraction, 0.3)
    .option('--rounds <n>', 'contributions of each site', positiveInteger, 3)
    .option('--epochs <n>', 'local epochs behind each', positiveInteger, 2)
    .option('--per-class <n>', 'training samples of each class at most (default: all)', positiveInteger)
    .option('--seed <n>', 'of split and training', positiveInteger, 1)
    .addHelpText('after', HELP)
    .action(async ({ textColumn, labelColumn, ...flags }: TrialFlags) => {
      const { output, signal } = context()
      const columns = { text: textColumn, label: labelColumn }
      const report = await runTrial({ ...flags, columns, signal, progress: process.stderr })
      output.result(report, renderTrial(report))
      done(EXIT.ok)
    })

const HELP = `
Examples:
  peermerge trial --data ./photos
  peermerge trial --data ./photos --sites 5 --concentration 0.1 --json > trial.json
  peermerge trial --data ./tickets.csv --backbone hf:sentence-transformers/all-MiniLM-L6-v2
  peermerge trial --data ./photos --per-class 20 --rounds 1

Exit code 2: bad input; 3: the machine (disk, memory).`
