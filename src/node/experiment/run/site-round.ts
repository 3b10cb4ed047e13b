import { hasClassifierGram, maskName, trainedTensors } from '../../../merge/index.ts'
import type {
  AdapterSpec,
  ContributionView,
  GramSpec,
  MergeSpec,
  TensorMap,
  WritableTensor,
} from '../../../merge/index.ts'
import type { ModelState, TrainOptions, TrainResult } from '../../../training/index.ts'
import { received, sent, type Draft } from './contribution.ts'
import type { RunContext } from './run-context.ts'

export interface SiteRound {
  /** By which contributions are written and checked. */
  readonly spec: MergeSpec
  /** That of the trainer. */
  readonly adapter: AdapterSpec
  /** What every site starts from; of LoRA with both factors. */
  readonly from: ModelState
  readonly task: number
  /** Of the whole run, from 1; where there are no rounds, a number that grows with the generation. */
  readonly round: number
  readonly epochs: number
  /** Of LoRA, where one factor is trained alone. */
  readonly factors?: 'A' | 'B' | undefined
  readonly grams: GramSpec | undefined
  /** Where factors take turns. */
  readonly turn?: Draft['turn']
  readonly priorShift: boolean
  /** Of a site that trains beside the rest of the world, which `from` holds. */
  readonly mixture?: TrainOptions['mixture']
  /** Entries that the site keeps to itself, by trained tensor, packed. */
  readonly masks?: ReadonlyMap<string, Uint8Array> | undefined
}

/** What a site sends, as each of the others has received it, and what it keeps. */
export interface SiteContribution {
  readonly view: ContributionView
  readonly state: ModelState
}

/** Every site trains on its samples of the task and contributes: what each of the others has then received. */
export async function siteRound(context: RunContext, round: SiteRound): Promise<readonly ContributionView[]> {
  const views: ContributionView[] = []
  for (const [site, samples] of context.tasks[round.task]!.sites.entries()) {
    if (samples.length > 0) views.push((await siteContribution(context, round, site)).view)
  }
  return views
}

/** One site's part of a round. */
export async function siteContribution(
  { bench, meter, spec: { batchSize, learningRate, weightDecay }, tasks, key, startsClassifiers }: RunContext,
  round: SiteRound,
  site: number,
): Promise<SiteContribution> {
  const samples = tasks[round.task]!.sites[site]!
  const { spec, adapter, task, turn } = round
  const { result, ms } = await bench.train(adapter, round.from, {
    epochs: round.epochs,
    batchSize,
    learningRate: learningRate[adapter.kind],
    weightDecay,
    seed: `${key.seed}/${task}/${round.round}/${site}`,
    classes: tasks[task]!.classes,
    samples,
    factors: round.factors,
    grams: round.grams ?? 'none',
    priorShift: round.priorShift,
    mixture: round.mixture,
    personal: round.masks,
    classifierStart: startsClassifiers === true ? 'discriminant' : 'zeros',
  })
  meter.addTime('train', ms.train)
  meter.addTime('measure', ms.measure)
  const gram = hasClassifierGram(spec)
    ? (await meter.time('measure', () => bench.measure(adapter, result.state.adapter, samples))).gram
    : undefined
  const bytes = sent(spec, {
    site,
    sequence: round.round,
    generation: round.round,
    task,
    kind: 'adapter',
    anchor: null,
    count: result.count,
    classCounts: result.classCounts,
    tensors: new Map<string, WritableTensor>([
      ...tensorsOf(spec, result),
      ...(gram === undefined ? [] : [['classifier/gram', gram] as const]),
      ...masksOf(round),
    ]),
    turn,
  })
  meter.addAdapter(bytes)
  const view = await meter.time('merge', () => received(spec, bytes, turn))
  return { view, state: result.state }
}

function masksOf({ masks = new Map() }: SiteRound): [string, WritableTensor][] {
  return [...masks].map(([name, data]) => [maskName(name), { shape: [data.length], data }])
}

/** What the spec's contributions carry of a result: a factor that was not trained stays at home. */
function tensorsOf({ adapter, modules }: MergeSpec, { state, grams }: TrainResult): TensorMap {
  const names = modules.flatMap((module) => [...trainedTensors(adapter, module).keys()])
  return new Map([
    ...names.map((name) => [name, state.adapter.get(name)!] as const),
    ...grams,
    ['classifier/weight', state.classifier.weight],
    ['classifier/bias', state.classifier.bias],
  ])
}
