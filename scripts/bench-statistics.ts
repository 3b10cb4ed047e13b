// What the forms in which layer inputs' Grams travel cost and keep, on real activations and really trained updates:
//   PEERMERGE_DATA=DIR [PEERMERGE_MINILM=DIR] npm run bench:statistics -- [--task images|texts]… [--small]
// PEERMERGE_DATA holds cifar100/cifar100-small.tar.gz, clinc150/data_full.json and models/vit-tiny-patch16-224. What is missing is skipped
// and said. Prints the tables of docs/results/statistics.md.
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { gramName, type TargetModule, type Tensor, type TensorMap } from '../src/merge/index.ts'
import type { TrainResult } from '../src/training/types.ts'
import { A_FORMS, B_FORMS, MEAN, type Form } from './statistics/forms.ts'
import { mergeForm } from './statistics/merge-form.ts'
import { Objective } from './statistics/objective.ts'
import { SiteGram } from './statistics/site-grams.ts'
import { cifarTask, clincTask, type Size, type Task } from './statistics/tasks.ts'
import { adapterOf, trainSites, type TrainedSites } from './statistics/trained-sites.ts'

const { values: options } = parseArgs({
  options: { task: { type: 'string', multiple: true }, small: { type: 'boolean', default: false } },
})
const SIZES: Readonly<Record<'images' | 'texts', Size>> = {
  images: { sites: 6, concentration: 0.3, classes: options.small ? 5 : 12, train: options.small ? 24 : 50, test: options.small ? 8 : 40 }, // prettier-ignore
  texts: { sites: 6, concentration: 0.3, classes: options.small ? 6 : 20, train: options.small ? 24 : 60, test: options.small ? 8 : 30 }, // prettier-ignore
}

/** Layers whose inputs are alike, by the ends of their names; the first that fits. */
const KINDS: readonly (readonly [string, RegExp])[] = [
  ['q, k, v', /\.(query|key|value)$/],
  ['attention out', /attention\.output\.dense$/],
  ['MLP in', /intermediate\.dense$/],
  ['MLP out', /output\.dense$/],
]
const kindOf = (module: string): string => KINDS.find(([, pattern]) => pattern.test(module))![0]

const seconds = (): string => (performance.now() / 1000).toFixed(0)
const tell = (text: string): void => console.error(text)

async function measure(task: Task, trains: 'A' | 'B'): Promise<void> {
  const sites = await trainSites(task, trains, null, tell)
  tell(`${trains}: trained after ${seconds()} s`)
  const first = await table(task, trains, sites, trains === 'A' ? A_FORMS : B_FORMS)
  await sites.judge.close()
  const again = (trains === 'A' ? A_FORMS : B_FORMS).filter(({ name }) => /^(full|projected)(, factors|$)/.test(name)) // prettier-ignore
  const later = await trainSites(task, trains, first, tell, 1)
  await table({ ...task, name: `${task.name}, second generation` }, trains, later, again)
  await later.judge.close()
}

/** Prints one table; returns the exact merge as a state. */
async function table(
  task: Task,
  trains: 'A' | 'B',
  sites: TrainedSites,
  forms: readonly Form[],
): Promise<{ adapter: TensorMap; classifier: TrainedSites['results'][number]['state']['classifier'] }> {
  const adapter = adapterOf(trains)
  const most = Math.max(1, ...forms.map(({ grams: form }) => (form?.form === 'top-k' ? form.k : 0)))
  const grams = sites.results.map((result) => gramsOf(result, sites.modules, most))
  const objectives = sites.modules.map((module) => new Objective(adapter, module, sites.results.map(({ state }, i) => ({ adapter: state.adapter, gram: grams[i]!.get(module.name)! })))) // prettier-ignore
  const least = objectives.map((objective) => objective.optimum())
  const mean = mergeForm(MEAN, adapter, task.classes, sites, grams)
  const span = objectives.map(
    (objective, i) => objective.of(mean.merged.adapter.get(objective.name)!) - least[i]!,
  )
  const kinds = KINDS.map(([kind]) => kind)
  print(`\n${task.name}: ${trains} trained at ${sites.results.length} sites of ${sites.results.map(({ count }) => count).join(', ')} samples\n`) // prettier-ignore
  print(`| form | kB a site | ${kinds.join(' | ')} | all | accuracy |`)
  print(`| --- | --: | ${kinds.map(() => '--:').join(' | ')} | --: | --: |`)
  let exact = mean.merged
  for (const form of [MEAN, ...forms]) {
    const { merged, bytesPerSite } =
      form === MEAN ? mean : mergeForm(form, adapter, task.classes, sites, grams)
    if (form.name === 'full' || form.name === 'projected') exact = merged
    const excess = objectives.map(
      (objective, i) => objective.of(merged.adapter.get(objective.name)!) - least[i]!,
    )
    const share = (kind?: string): string => {
      const of = (all: readonly number[]): number => all.reduce((sum, value, i) => (kind === undefined || kindOf(sites.modules[i]!.name) === kind ? sum + value : sum), 0) // prettier-ignore
      return (of(excess) / of(span)).toPrecision(2)
    }
    const score = form.scored === true ? await accuracy(sites, merged) : ''
    print(`| ${form.name} | ${(bytesPerSite / 1000).toFixed(0)} | ${[...kinds.map((kind) => share(kind)), share()].join(' | ')} | ${score} |`) // prettier-ignore
  }
  return exact
}

/** Modules that share an input share its Gram, and what is computed of it. */
function gramsOf(
  { grams }: TrainResult,
  modules: readonly TargetModule[],
  most: number,
): Map<string, SiteGram> {
  const known = new Map<Tensor, SiteGram>()
  return new Map(
    modules.map(({ name, in: width, input = name }) => {
      const packed = grams.get(gramName(input))!
      const gram = known.get(packed) ?? new SiteGram(packed, width, most)
      known.set(packed, gram)
      return [name, gram]
    }),
  )
}

/** Percent of the held-out samples, under the classifier merged by counts. */
async function accuracy(
  { judge }: TrainedSites,
  model: Parameters<typeof judge.evaluate>[0][number],
): Promise<string> {
  const [result] = await judge.evaluate([{ adapter: model.adapter, classifier: model.classifier }], 'heldOut')
  return ((100 * result!.correct) / result!.count).toFixed(1)
}

function print(line: string): void {
  console.log(line)
}

async function main(workDir: string): Promise<void> {
  const data = process.env['PEERMERGE_DATA']
  const minilm = process.env['PEERMERGE_MINILM']
  if (data === undefined) return tell('skipped: PEERMERGE_DATA is not set')
  print(`${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}, load ${loadavg().map((one) => one.toFixed(1)).join(' ')}`) // prettier-ignore
  const wanted = options.task ?? ['images', 'texts']
  if (wanted.includes('images')) {
    if (existsSync(join(data, 'cifar100/cifar100-small.tar.gz'))) {
      const task = await cifarTask(data, workDir, SIZES.images)
      for (const trains of ['A', 'B'] as const) await measure(task, trains)
    } else tell('images skipped: no cifar100/cifar100-small.tar.gz under PEERMERGE_DATA')
  }
  if (!wanted.includes('texts')) return
  if (minilm === undefined) return tell('texts skipped: PEERMERGE_MINILM is not set')
  const task = await clincTask(data, minilm, workDir, SIZES.texts)
  for (const trains of ['A', 'B'] as const) await measure(task, trains)
}

const workDir = await mkdtemp(join(tmpdir(), 'peermerge-statistics-'))
try {
  await main(workDir)
} finally {
  await rm(workDir, { recursive: true, force: true })
}
