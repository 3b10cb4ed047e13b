import { bytes, counted } from '../../units.ts'
import type { ExperimentSpec } from '../spec-schema.ts'
import type { SplitName } from '../split.ts'
import { homeSections, ticketSection } from './home-sections.ts'
import type { Provenance } from './provenance.ts'
import { percent, points, row, signed } from './phrases.ts'
import { readings } from './readings.ts'
import type { Row, SplitSummary } from './summary.ts'

/** Names of plots by split, where there are some. */
export type PlotFiles = ReadonlyMap<SplitName, readonly string[]>

/** The report for a person; a function of its arguments, so that the same records give the same bytes. */
export function markdownReport(
  spec: ExperimentSpec,
  splits: readonly SplitSummary[],
  made: Provenance,
  plots: PlotFiles,
): string {
  return [
    `# Experiment ${spec.name}`,
    '',
    `\`${made.command}\``,
    '',
    ...settings(spec, made),
    '',
    ...splits.flatMap((split) => [...section(spec, split, plots.get(split.split) ?? []), '']),
    ...NOTES,
    '',
  ].join('\n')
}

function settings(spec: ExperimentSpec, { machine, versions }: Provenance): string[] {
  const { data, lora, ravan } = spec
  const cut = [data.kind, 'trainPerClass' in data && data.trainPerClass !== undefined ? `${data.trainPerClass} training samples a class` : '', 'heldOut' in data ? `${Math.round(100 * data.heldOut)} % held out` : data.testPerClass === undefined ? '' : `${data.testPerClass} held out a class`] // prettier-ignore
  return [
    `- **Data, as cut:** ${cut.filter((part) => part !== '').join(', ')}; ${counted(spec.tasks, 'task')}, ${counted(spec.sites, 'site')}.`,
    `- **Model:** adapters on ${spec.targets.map((target) => `\`${target}\``).join(', ')}, inputs of ${spec.extent}. LoRA rank ${lora.rank}, alpha ${lora.alpha}; Ravan ${ravan.heads} heads of rank ${ravan.rank}, alpha ${ravan.alpha}.`,
    `- **Training:** ${counted(spec.rounds, 'round')} a task of ${counted(spec.epochs, 'local epoch')}, batches of ${spec.batchSize}, AdamW at ${spec.learningRate.lora} (LoRA) and ${spec.learningRate.ravan} (Ravan), anew every round. One-shot and pooled training have ${spec.rounds * spec.epochs} epochs at once.`,
    `- **Made by:** ${versions}, on ${machine}.`,
  ]
}

function section(
  spec: ExperimentSpec,
  { split, rows, home, tickets }: SplitSummary,
  plots: readonly string[],
): string[] {
  const title = split === 'domain' ? 'Sites by domain' : `Dirichlet ${split}`
  const seeds = Math.max(0, ...rows.map((row) => row.seeds.length))
  const best = [...rows].sort((a, b) => b.accuracy.mean - a.accuracy.mean)
  return [
    `## ${title}`,
    '',
    `Accuracy in percent on held-out samples of all classes after the last task: mean ± 95 % interval over ${counted(seeds, 'seed')}, the best first. \`${spec.reference}\` is what the others are compared with.`,
    '',
    row(HEAD),
    row(HEAD.map((_, i) => (i < 2 ? '---' : '---:'))),
    ...best.map((one) => row(cells(one, spec))),
    '',
    ...readings(spec, rows),
    ...homeSections(home),
    ...ticketSection(tickets),
    ...plots.flatMap((file) => ['', `![${title}](${file})`]),
  ]
}

const HEAD = ['method', 'head', 'accuracy', 'less or more than the reference', 'forgetting', 'mean over rounds', 'sent by a site', 'adapter a round', 'train s', 'statistics s', 'solve s', 'merge s', 'merge share'] // prettier-ignore

function cells(one: Row, { reference }: ExperimentSpec): string[] {
  const { ms, versus, worst } = one
  const rounds = one.rounds.reduce((sum, value) => sum + value, 0) / one.rounds.length
  return [
    `\`${one.method}\` ${one.title.split(';')[0]!}`,
    one.head,
    percent(one.accuracy) + (worst === undefined ? '' : ` (worst site ${points(worst)})`),
    one.name === reference || versus === undefined ? '' : `${signed(versus.difference)} ${versus.verdict}`,
    one.forgetting === undefined ? '' : percent(one.forgetting),
    points(rounds),
    one.sent === 0 ? '' : bytes(Math.round(one.sent)),
    one.bytes.adapter === 0 ? '' : bytes(Math.round(one.bytes.adapter)),
    seconds(ms.train),
    seconds(ms.measure),
    seconds(ms.solve),
    seconds(ms.merge),
    `${((100 * ms.merge) / Math.max(ms.train + ms.measure + ms.solve + ms.merge, 1)).toFixed(1)} %`,
  ]
}

const NOTES = [
  '## How to read it',
  '',
  '- **Heads.** `own` is the method’s own rule for the output layer. `analytic` is the linear discriminant of all sites’ summed statistics, `means` and `site` every site’s own of the same ones, where data say what is like a site’s: its class means in everybody’s scatter, and for `site` its class shares as prior; of the frozen backbone, `ridge` is the ridge regression of the same sums, and `lifted` that of random ReLU features of the features. Statistics of earlier tasks are right only as long as the features stay, and their data have gone: with several tasks the adapter is trained on the first and stays; pooled training measures at its end. `frozen` needs no adapter at all, and its number is the same for every split.',
  '- **Intervals** are at 95 %, Student’s over seeds. Differences are taken on the same seeds and, where records say which held-out samples were right, on the same samples, as if both had been drawn anew: then an interval is the wider for how much the difference depends on which samples those are. One that holds zero is a tie.',
  '- **Forgetting** is the accuracy of a task at its end less that after the last, mean over the tasks before the last; negative where later tasks helped.',
  '- **Sent by a site** counts payloads and headers as they would travel, each once. `own` is without statistics for the analytic head; `analytic` counts the first task’s rounds and all statistics.',
  '- **Times** add up over all sites of a run; merging and solving are counted once, as every peer does them. Statistics are Grams and classifier statistics, without those of the lifted head; solving is checking the latter and computing heads from them; merging is what rounds of contributions take, and its share that of these four.',
  '- **Floors and limits** of a charter are off: an experiment’s sites have fewer samples of a class than floors let through.',
  '- Ravan’s bases are the same for all seeds; everything else (order of classes, split, start, batches) is drawn from the seed.',
]

const seconds = (ms: number): string => (ms / 1000).toFixed(1)
