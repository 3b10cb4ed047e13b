import { Command } from 'commander'
import { homePaths } from '../../home.ts'
import { trainAlone, type SoloReport } from '../../solo-training.ts'
import type { CommandFactory } from '../command.ts'
import { homeOption, positiveInteger } from '../options.ts'
import { EXIT, type Output } from '../output.ts'
import { ProgressLine } from '../progress-line.ts'

interface TrainFlags {
  readonly home: string
  readonly out?: string
  readonly state?: string
  readonly epochs?: number
  readonly patience?: number
  readonly seed: string
}

export const trainCommand: CommandFactory = (context, done) =>
  new Command('train')
    .summary('train this site’s model alone, without any network')
    .description(
      'Trains adapter and classifier on the samples of a home under its charter, compares them on the held-out samples with the frozen backbone, and writes the model. Stopped with Ctrl-C, the same command goes on where it was.',
    )
    .addOption(homeOption())
    .option(
      '--out <file>',
      'state file to write; export --state and run --state read it (default: alone.safetensors in the home, which new models are compared with)',
    )
    .option('--state <file>', 'state that training starts from (default: the charter’s start)')
    .option('--epochs <n>', 'instead of those of charter and settings', positiveInteger)
    .option(
      '--patience <n>',
      'end after so many epochs in which the held-out loss has not fallen',
      positiveInteger,
    )
    .option('--seed <text>', 'of order and augmentation', 'train')
    .addHelpText(
      'after',
      '\nExamples:\n  peermerge create --home ./a --name intents --site a --backbone ./all-MiniLM-L6-v2 --data intents.csv\n  peermerge train --home ./a --out alone.safetensors --epochs 20 --patience 2\n  peermerge export --home ./a --state alone.safetensors --format peft --out ./adapter',
    )
    .action(async ({ home, ...flags }: TrainFlags) => {
      const { output, signal } = context()
      const line = output.json ? undefined : new ProgressLine(process.stderr)
      try {
        const paths = homePaths(home)
        const report = await trainAlone(paths, {
          ...flags,
          out: flags.out ?? paths.alone,
          signal,
          progress: process.stderr,
          onProgress: (progress) => line?.show(progress),
          onSite: ({ skipped, warnings }) => tell(output, line, skipped, warnings),
        })
        line?.close()
        output.result(report, describe(report))
      } finally {
        line?.close()
      }
      done(EXIT.ok)
    })

/** Skipped samples that are shown; the rest are counted. */
const SHOWN = 5

function tell(
  output: Output,
  line: ProgressLine | undefined,
  skipped: readonly { readonly where: string; readonly reason: string }[],
  warnings: readonly string[],
): void {
  line?.close()
  for (const { where, reason } of skipped.slice(0, SHOWN)) output.note(`skipped ${where}: ${reason}`)
  if (skipped.length > SHOWN) output.note(`and ${skipped.length - SHOWN} more skipped`)
  for (const warning of warnings) output.note(`warning: ${warning}`)
}

function describe({ out, trainSamples, heldOutSamples, epochs, bestEpoch, accuracy }: SoloReport): string {
  const share = (value: number | null): string =>
    value === null ? 'nothing held out' : `${(100 * value).toFixed(1)} %`
  return [
    `trained on ${trainSamples} samples for ${epochs} epochs (kept: epoch ${bestEpoch}), accuracy on ${heldOutSamples} held out:`,
    `  frozen backbone, analytic classifier   ${share(accuracy.frozen)}`,
    `  adapter, trained classifier            ${share(accuracy.trained)}`,
    `  adapter, analytic classifier           ${share(accuracy.analytic)}`,
    `model in ${out}`,
  ].join('\n')
}
