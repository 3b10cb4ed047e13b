import { Command, Option } from 'commander'
import { homePaths } from '../../home.ts'
import { exportModel, type Exported, type ExportOptions } from '../../interchange.ts'
import type { CommandFactory } from '../command.ts'
import { homeOption } from '../options.ts'
import { EXIT } from '../output.ts'

interface ExportFlags extends ExportOptions {
  readonly home: string
}

export const exportCommand: CommandFactory = (context, done) =>
  new Command('export')
    .summary('write the merged model in a form that other software reads')
    .description(
      'Writes the newest merge of a home, another one that it keeps, or a state file. peft: a directory with a LoRA adapter and the classifier for Hugging Face PEFT. onnx: one file for inference, the adapter folded in. safetensors: adapter and classifier as they are, for run --state.',
    )
    .addOption(homeOption())
    .addOption(
      new Option('--format <kind>', 'peft, onnx or safetensors')
        .choices(['peft', 'onnx', 'safetensors'])
        .makeOptionMandatory(),
    )
    .requiredOption('--out <path>', 'directory (peft) or file (onnx, safetensors) to write')
    .option('--merge <digest>', 'a merge that the home keeps (default: the newest)')
    .option('--state <file>', 'a state instead of a merge')
    .option('--base-model <name>', 'peft: what the config calls the backbone (default: its directory)')
    .addHelpText(
      'after',
      '\nExamples:\n  peermerge export --home ./hospital-a --format peft --out ./adapter\n  peermerge export --home ./hospital-a --format onnx --out model.onnx\n  peermerge export --home ./hospital-a --format peft --out ./adapter --state imported.safetensors',
    )
    .action(async ({ home, ...options }: ExportFlags) => {
      const { output, signal } = context()
      const exported = await exportModel(homePaths(home), { ...options, signal })
      output.result(exported, describe(exported))
      done(EXIT.ok)
    })

const POOLING = {
  cls: 'those of the first token',
  last: 'those of the last token',
  mean: 'the mean over its tokens',
}

/** What the class of transformers leaves out. */
const SCALED =
  ', then z → (z − bias) · √width / ‖h‖ + bias, h their hidden states pooled alike (docs/interchange.md)'

function describe({ merge, files, autoClass, pooling, normalized = false }: Exported): string {
  const what = merge === null ? 'state' : `merge ${merge.slice(0, 12)}`
  const hint =
    autoClass === undefined ? [] : [`fits ${autoClass} of the backbone, with as many labels as classes`]
  const tokens =
    pooling === undefined ? [] : [`logits of a text: ${POOLING[pooling]}${normalized ? SCALED : ''}`]
  return [`${what} in ${files.join(', ')}`, ...hint, ...tokens].join('\n')
}
