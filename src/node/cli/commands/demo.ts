import { Command } from 'commander'
import { DEFAULT_COLUMNS } from '../../../training/settings.ts'
import { DEMO_DEFAULTS, runDemo } from '../../demo/run-demo.ts'
import { renderReport } from '../../demo/report-table.ts'
import type { DemoOptions } from '../../demo/types.ts'
import { charterModel } from '../charter-model.ts'
import { addModelOptions, type ModelFlags } from '../model-options.ts'
import { fraction, positiveInteger, positiveNumber } from '../options.ts'
import { EXIT } from '../output.ts'
import type { CommandFactory } from '../command.ts'

interface DemoFlags extends ModelFlags {
  readonly backbone?: string
  readonly data?: string
  readonly siteColumn?: string
  readonly textColumn: string
  readonly labelColumn: string
  readonly sites: number
  readonly skew: number
  readonly trainFraction: number
  readonly seed: string
  readonly random: boolean
  readonly out?: string
  readonly timeout: number
}

export const demoCommand: CommandFactory = (context, done) => {
  const command = new Command('demo')
    .summary('a whole swarm on this machine: train, gossip, merge, compare')
    .description(
      'Starts one real node process a site on loopback TCP. Each trains on its own samples, gossips its contributions and computes the merge ' +
        'by itself. Ends with a table of every site’s own, merged and pooled accuracy, and fails unless all digests are equal and merging pays.',
    )
    .option(
      '--backbone <dir or name>',
      'a Hugging Face directory, or hf:owner/name[@revision] to fetch it from the Hub (default: the built-in one, for images)',
    )
    .option(
      '--data <dir>',
      'images as site/class/image, or class/image to be dealt to sites; or a table of texts, .csv .tsv .jsonl .parquet (default: built-in surface inspection)',
    )
    .option('--text-column <name>', 'column of a table that holds the texts', DEFAULT_COLUMNS.text)
    .option('--label-column <name>', 'column of a table that holds the classes', DEFAULT_COLUMNS.label)
    .option(
      '--site-column <name>',
      'column of a table of which every value is a site (default: rows are dealt)',
    )
    .option('--sites <n>', 'sites to deal class/image or rows to', positiveInteger, 4)
    .option('--skew <x>', 'Dirichlet concentration of that deal; small is skewed', positiveNumber, 0.5)
    .option('--train-fraction <x>', 'share of every class that is trained on', fraction, 0.7)
    .option('--seed <text>', 'of split, training order and frozen factors', 'demo')
    .option('--no-random', 'leave out the row of a backbone with random weights')
    .option('--out <dir>', 'keep homes and data there (default: a temporary directory that is removed)')
    .option('--timeout <seconds>', 'longest time for the swarm', positiveInteger, 900)
  return addModelOptions(command, DEMO_DEFAULTS)
    .addHelpText('after', EXAMPLES)
    .action(async (flags: DemoFlags) => {
      const { output, signal } = context()
      const report = await runDemo({ ...demoOptions(flags), signal })
      output.result(report, renderReport(report))
      done(report.passed ? EXIT.ok : EXIT.checkFailed)
    })
}

const EXAMPLES = `
Examples:
  peermerge demo
  peermerge demo --json > report.json
  peermerge demo --backbone ./vit-tiny --data ./pacs --image-size 112 --adapter lora --learning-rate 2e-3
  peermerge demo --backbone ./minilm --data ./tickets.csv --site-column hospital
  peermerge demo --data ./photos --sites 5 --skew 0.1 --classifier counts

Exit code 1: a check failed (digests, contributions, gain); 2: bad input; 3: the machine (ports, disk, time).`

function demoOptions(flags: DemoFlags): Omit<DemoOptions, 'signal'> {
  return {
    ...(flags.backbone !== undefined && { backbone: flags.backbone }),
    ...(flags.data !== undefined && { data: flags.data }),
    ...(flags.siteColumn !== undefined && { siteColumn: flags.siteColumn }),
    columns: { text: flags.textColumn, label: flags.labelColumn },
    ...(flags.out !== undefined && { out: flags.out }),
    sites: flags.sites,
    skew: flags.skew,
    trainFraction: flags.trainFraction,
    seed: flags.seed,
    randomBackbone: flags.random,
    timeoutMs: flags.timeout * 1000,
    charter: charterModel(flags, flags.seed, DEMO_DEFAULTS),
    progress: process.stderr,
  }
}
