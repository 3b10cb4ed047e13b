import { Command } from 'commander'
import { homePaths } from '../../home.ts'
import { evaluateModel, type EvaluateInit } from '../../predict/evaluate.ts'
import { renderEvaluation } from '../../predict/render-evaluation.ts'
import { taskNames } from '../../predict/task-names.ts'
import { AnswerProgress } from '../answer-progress.ts'
import type { CommandFactory } from '../command.ts'
import { modelOption } from '../model-option.ts'
import { homeOption } from '../options.ts'
import { EXIT } from '../output.ts'

interface EvalFlags {
  readonly home: string
  readonly model?: string
  readonly data?: string
  readonly textColumn?: string
  readonly labelColumn?: string
}

export const evalCommand: CommandFactory = (context, done) =>
  new Command('eval')
    .summary('how often a model of this site is right, class by class')
    .description(
      'Compares what a model says with what is known: accuracy overall, of each class and, where there are tasks, of each task; balanced accuracy; which class was taken for which. Works while a node runs there.',
    )
    .addOption(homeOption())
    .addOption(modelOption())
    .option(
      '--data <path>',
      'a folder of class folders or a table, all of it (default: what the site holds out of its own data)',
    ) // prettier-ignore
    .option('--text-column <name>', 'of tables (default: the settings’, or text)')
    .option('--label-column <name>', 'of tables (default: the settings’, or label)')
    .addHelpText(
      'after',
      '\nExamples:\n  peermerge eval --home ./a\n  peermerge eval --home ./a --model personal --data ./labelled-scans\n  peermerge eval --home ./a --data texts.csv --json | jq .balancedAccuracy',
    )
    .action(async ({ home, model, data, ...columns }: EvalFlags) => {
      const { output, signal } = context()
      const paths = homePaths(home)
      const progress = new AnswerProgress(process.stderr)
      const init = { model, data, columns: columnsOf(columns), signal, progress: process.stderr }
      const onAnswers: EvaluateInit['onAnswers'] = (answers, total) => progress.advance(answers, total)
      const found = await evaluateModel(paths, { ...init, onAnswers }).finally(() => progress.clear())
      const names = found.tasks.length === 0 ? new Map<string, string>() : await taskNames(paths)
      const tasks = found.tasks.map((one) => ({ name: names.get(one.task ?? '') ?? null, ...one }))
      const nameOf = (task: string | null): string =>
        task === null ? 'classes of the charter' : (names.get(task) ?? task.slice(0, 12))
      output.result({ ...found, tasks }, renderEvaluation(found, nameOf))
      done(EXIT.ok)
    })

function columnsOf({
  textColumn: text,
  labelColumn: label,
}: Pick<EvalFlags, 'textColumn' | 'labelColumn'>): EvaluateInit['columns'] {
  return { ...(text !== undefined && { text }), ...(label !== undefined && { label }) }
}
