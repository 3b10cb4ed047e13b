import { Command } from 'commander'
import { PeermergeError } from '../../../errors.ts'
import { homePaths } from '../../home.ts'
import type { FoundModel } from '../../predict/find-model.ts'
import { predictInputs, type NamedAnswer, type PredictionListener } from '../../predict/predict.ts'
import { answerRecord, answerTable, columnsOf, csvHead, csvRows, describeModel } from '../../predict/render-answers.ts' // prettier-ignore
import { AnswerProgress } from '../answer-progress.ts'
import type { CommandFactory } from '../command.ts'
import { modelOption } from '../model-option.ts'
import { homeOption, positiveInteger } from '../options.ts'
import { EXIT, type Output } from '../output.ts'

interface PredictFlags {
  readonly home: string
  readonly model?: string
  readonly top: number
  readonly csv?: boolean
  readonly explain?: boolean
  readonly textColumn?: string
}

export const predictCommand: CommandFactory = (context, done) =>
  new Command('predict')
    .summary('labels with probabilities for images or texts, by a model of this site')
    .description(
      'Answers on files, folders and standard input, by what the site serves unless another model is named. Works while a node runs there, and reads none of the site’s data. An input that cannot be read is named in its place, the others are answered, and the exit code is 1.',
    )
    .argument(
      '[inputs...]',
      'images: files, folders; texts: tables, .txt with one a line; - for standard input: texts or names of images, one a line (default: standard input)',
    )
    .addOption(homeOption())
    .addOption(modelOption())
    .option('--top <k>', 'classes of each answer', positiveInteger, 3)
    .option('--csv', 'one line an input, with a head')
    .option('--explain', 'of a site’s own model: how far its mixers trusted the others; a second pass')
    .option('--text-column <name>', 'of tables (default: the settings’, or text)')
    .addHelpText(
      'after',
      '\nExamples:\n  peermerge predict --home ./a scan.png ./new-scans\n  peermerge predict --home ./a texts.csv --text-column message --csv > labels.csv\n  echo "where is my card" | peermerge predict --home ./a --json --top 5\n  peermerge predict --home ./a --model personal --explain ./new-scans',
    )
    .action(async (inputs: readonly string[], { home, ...flags }: PredictFlags) => {
      const { output, signal } = context()
      const { csv = false } = flags
      if (csv && output.json) throw new PeermergeError('ERR_OPTIONS', 'expected --csv or --json, got both')
      const printer = new AnswerPrinter(output, { ...flags, csv })
      const init = { ...flags, inputs, signal, stdin: process.stdin, progress: process.stderr }
      const { answered, failed } = await predictInputs(homePaths(home), init, printer)
      printer.progress.clear()
      if (failed > 0) output.note(`${failed} of ${answered + failed} inputs could not be answered`)
      done(failed > 0 ? EXIT.checkFailed : EXIT.ok)
    })

/** Inputs that could not be answered are named to people so many times; the rest are counted. */
const SHOWN = 10

/** Writes answers as they come. */
class AnswerPrinter implements PredictionListener {
  readonly progress = new AnswerProgress(process.stderr)
  readonly #output: Output
  readonly #flags: Pick<PredictFlags, 'top' | 'explain'> & { readonly csv: boolean }
  #model: FoundModel | undefined
  #named = 0

  constructor(output: Output, flags: Pick<PredictFlags, 'top' | 'explain'> & { readonly csv: boolean }) {
    this.#output = output
    this.#flags = flags
  }

  onModel(model: FoundModel): void {
    this.#model = model
    const { csv, top, explain } = this.#flags
    if (csv) this.#output.lines(csvHead(columnsOf(top, explain, model)))
    else if (!this.#output.json) this.#output.note(`by ${describeModel(model.name)}`)
  }

  onAnswers(answers: readonly NamedAnswer[], total: number | undefined): void {
    const model = this.#model!
    const { csv, top, explain } = this.#flags
    const columns = columnsOf(top, explain, model)
    this.progress.clear()
    if (csv) this.#output.lines(csvRows(answers, columns, model.name))
    else if (this.#output.json) for (const one of answers) this.#output.event(answerRecord(one, model.name))
    else this.#output.lines(answerTable(answers, columns))
    if (!this.#output.json) this.#nameFailed(answers)
    this.progress.advance(answers.length, total)
  }

  #nameFailed(answers: readonly NamedAnswer[]): void {
    for (const { answer } of answers) {
      if (!('error' in answer)) continue
      if (this.#named < SHOWN) this.#output.note(`${answer.error.message} [${answer.error.code}]`)
      this.#named += 1
    }
  }
}
