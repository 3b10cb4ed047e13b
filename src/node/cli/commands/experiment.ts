import { availableParallelism } from 'node:os'
import { Command, InvalidArgumentError, Option } from 'commander'
import { PeermergeError } from '../../../errors.ts'
import { loadPreset, loadSpec } from '../../experiment/load-spec.ts'
import { METHOD_NAMES, VARIANT_NAMES } from '../../experiment/methods/method-table.ts'
import { PRESET_NAMES, type PresetName } from '../../experiment/preset-settings.ts'
import { renderExperiment } from '../../experiment/render-experiment.ts'
import { provenance } from '../../experiment/report/provenance.ts'
import { runExperiment } from '../../experiment/run-experiment.ts'
import type { ExperimentSpec } from '../../experiment/spec-schema.ts'
import type { CommandFactory } from '../command.ts'
import { list, positiveInteger } from '../options.ts'
import { EXIT } from '../output.ts'

interface ExperimentFlags {
  readonly preset?: PresetName
  readonly data?: string
  readonly backbone?: string
  readonly out: string
  readonly methods?: string[]
  readonly splits?: ExperimentSpec['splits']
  readonly seeds?: number
  readonly reference?: string
  readonly parallel: number
  readonly plots: boolean
  readonly reportOnly: boolean
}

export const experimentCommand: CommandFactory = (context, done) =>
  new Command('experiment')
    .summary('methods × splits × seeds in one process, and a report that compares them')
    .description(
      'Trains and merges by the same code as a consortium, without a network, on a table of methods, splits of the data among sites and seeds. ' +
        'Finished runs are kept in DIR/records.jsonl: started again, it makes only those that are missing. ' +
        'Writes DIR/report.md, DIR/runs.csv and plots.',
    )
    .argument('[spec]', 'the experiment as a JSON file (docs/experiment.md); or give --preset')
    .addOption(new Option('--preset <name>', 'a published experiment').choices(PRESET_NAMES))
    .option('--data <dir>', 'samples of the preset')
    .option(
      '--backbone <dir or name>',
      'backbone of the preset: a Hugging Face directory, or hf:owner/name[@revision]',
    )
    .option('--out <dir>', 'records and report', 'experiment')
    .option('--methods <list>', 'only these, by commas', list)
    .option('--splits <list>', 'Dirichlet concentrations, or domain', splits)
    .option('--seeds <n>', 'how many', positiveInteger)
    .option(
      '--reference <row>',
      'what the others are compared with: METHOD by its own head, METHOD:analytic, METHOD:site, frozen:ridge or frozen:lifted',
    )
    .option(
      '--parallel <n>',
      'processes of training, one thread each',
      positiveInteger,
      availableParallelism(),
    )
    .option('--no-plots', 'leave out the plots, which need the packages vega and vega-lite')
    .option('--report-only', 'write the report of the records that are there', false)
    .addHelpText('after', HELP)
    .action(async (file: string | undefined, flags: ExperimentFlags) => {
      const { output, signal } = context()
      const result = await runExperiment({
        ...flags,
        spec: await specOf(file, flags),
        made: provenance(commandLine(process.argv.slice(2))),
        signal,
        progress: process.stderr,
      })
      output.result(result, renderExperiment(result))
      done(EXIT.ok)
    })

const HELP = `
Methods:   ${METHOD_NAMES.join(', ')}
Variants:  METHOD+${VARIANT_NAMES.join(', METHOD+')}

Examples:
  peermerge experiment --preset demo
  peermerge experiment --preset clinc150 --data ./clinc150 --backbone ./minilm --out results/clinc150
  peermerge experiment --preset clinc150 --data ./clinc150 --backbone ./minilm --methods lorm,fedavg+shift --splits 0.1 --seeds 1
  peermerge experiment --preset heart --data ./heart-disease --backbone ./minilm --out results/heart
  peermerge experiment --preset pacs-personal --data ./PACS --backbone ./vit-tiny --methods local+started,fedselect+started
  peermerge experiment my.json --parallel 4 --json
  peermerge experiment my.json --report-only

Exit code 2: bad input; 3: the machine (another experiment in the same directory, disk).`

async function specOf(file: string | undefined, flags: ExperimentFlags): Promise<ExperimentSpec> {
  const { preset, methods, splits, seeds, reference } = flags
  const changes = { methods, splits, seeds, reference }
  if ((file === undefined) === (preset === undefined)) {
    const text = 'give either a SPEC.json or --preset, see peermerge experiment --help'
    throw new PeermergeError('ERR_EXPERIMENT_SPEC', text, { file, preset })
  }
  return preset === undefined ? loadSpec(file!, changes) : loadPreset(preset, flags, changes)
}

function splits(value: string): ExperimentSpec['splits'] {
  return list(value).map((split) => {
    const number = Number(split)
    if (split !== 'domain' && !(number > 0))
      throw new InvalidArgumentError('expected numbers above 0, or domain')
    return split === 'domain' ? split : number
  })
}

/** What does not change what comes out is left out, so that a report says the same whoever writes it, and when. */
function commandLine(argv: readonly string[]): string {
  const kept = argv.filter(
    (argument, i) => !SILENT.has(argument) && !WITH_VALUE.has(argument) && !WITH_VALUE.has(argv[i - 1] ?? ''),
  )
  return ['peermerge', ...kept].join(' ')
}

const SILENT = new Set(['--json', '--report-only'])
const WITH_VALUE = new Set(['--parallel', '--out'])
