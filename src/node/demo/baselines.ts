import { contributionsPerTask } from '../schedule-rules.ts'
import type { TensorMap } from '../../merge/index.ts'
import type {
  EvaluatedModel,
  EvaluateResult,
  ModelState,
  SiteSummary,
  SiteTrainer,
  TrainOptions,
} from '../../training/index.ts'
import { spawnTrainer } from '../../training/index.ts'
import { analyticClassifier } from '../analytic-classifier.ts'
import { inputExtent, type Charter } from '../charter.ts'
import type { DemoData } from './demo-data.ts'
import type { DemoSite } from './split-folder.ts'

export interface BaselineInit {
  readonly data: DemoData
  readonly charter: Charter
  readonly trainFraction: number
  readonly seed: string
  readonly randomBackbone: boolean
  /** Trainer processes at a time, one thread each. */
  readonly parallel: number
  readonly signal: AbortSignal
  readonly say: (text: string) => void
  /** Share of all training that is done, 0 to 1. */
  readonly onProgress: (share: number) => void
}

export interface Baselines {
  readonly sites: readonly SiteSummary[]
  /** In the order of the models given. */
  readonly models: readonly EvaluateResult[]
  /** Each site's own model. */
  readonly own: readonly EvaluateResult[]
  readonly pooled: EvaluateResult
  /** No adapter at all: the analytic classifier of all samples on the frozen backbone's features. */
  readonly frozen: EvaluateResult
  readonly random: EvaluateResult | undefined
}

/**
 * Trains what the merge is compared with, for as many local epochs as the sites trained in the swarm: each site alone, one model on all
 * images, and that again from random backbone weights. All of them get their classifier by the charter's rule. Evaluates them, the frozen
 * backbone and `models` on every site's held-out samples.
 */
export async function trainBaselines(
  init: BaselineInit,
  models: readonly EvaluatedModel[],
): Promise<Baselines> {
  const { data, parallel, say } = init
  const slots = new Slots(parallel)
  const jobs: number[] = []
  const job = (): OnShare => {
    const index = jobs.push(0) - 1
    return (share) => {
      jobs[index] = share
      init.onProgress(jobs.reduce((sum, one) => sum + one, 0) / jobs.length)
    }
  }
  const train = (sites: readonly DemoSite[]): Promise<ModelState> => {
    const onShare = job()
    return slots.run(() => withTrainer(init, sites, undefined, (trainer) => fit(trainer, init, onShare)))
  }
  const [random, pooled, ...own] = await Promise.all([
    init.randomBackbone ? withRandomWeights(init, slots, job()) : undefined,
    train(data.sites),
    ...data.sites.map((site) => train([site])),
  ])
  say('evaluating every model on everybody’s held-out samples')
  return withTrainer({ ...init, threads: parallel }, data.sites, undefined, async (trainer) => {
    const { charter, signal } = init
    const classifier = await analyticClassifier(trainer, charter, null, { signal })
    const frozen = { adapter: null, classifier }
    const states: readonly EvaluatedModel[] = [...models, ...own, pooled, frozen]
    const results = await trainer.evaluate(states, 'heldOut', { signal: init.signal })
    const end = models.length + own.length
    return {
      sites: trainer.sites,
      models: results.slice(0, models.length),
      own: results.slice(models.length, end),
      pooled: results[end]!,
      frozen: results[end + 1]!,
      random,
    }
  })
}

type OnShare = (share: number) => void

function withRandomWeights(init: BaselineInit, slots: Slots, onShare: OnShare): Promise<EvaluateResult> {
  const evaluate = async (trainer: SiteTrainer): Promise<EvaluateResult> => {
    const states = [await fit(trainer, init, onShare)]
    const [result] = await trainer.evaluate(states, 'heldOut', { signal: init.signal })
    return result!
  }
  return slots.run(() => withTrainer(init, init.data.sites, 'random', evaluate))
}

async function fit(trainer: SiteTrainer, init: BaselineInit, onShare: OnShare): Promise<ModelState> {
  const { epochs, ...training } = init.charter.training
  const contributions = contributionsPerTask(init.charter.schedule)
  const options: TrainOptions = { ...training, epochs: epochs * contributions, seed: init.seed }
  const work = trainer.train(null, options, { signal: init.signal })
  for (;;) {
    const step = await work.next()
    if (step.done !== true) {
      if (step.value.phase === 'train') onShare(step.value.done / step.value.total)
      continue
    }
    const { state } = step.value
    const { classifier } = init.charter
    if (classifier.rule !== 'analytic') return state
    return solved(trainer, init, state, classifier.features === 'merged' ? state.adapter : null)
  }
}

/** The model with the analytic classifier of the trainer's own samples, on features under `adapter` (null: the frozen backbone's). */
async function solved(
  trainer: SiteTrainer,
  { charter, signal }: BaselineInit,
  state: ModelState,
  adapter: TensorMap | null,
): Promise<ModelState> {
  return {
    adapter: state.adapter,
    classifier: await analyticClassifier(trainer, charter, adapter, { signal }),
  }
}

async function withTrainer<T>(
  init: BaselineInit & { readonly threads?: number },
  sites: readonly DemoSite[],
  randomWeights: string | undefined,
  use: (trainer: SiteTrainer) => Promise<T>,
): Promise<T> {
  const { data, charter, signal } = init
  await using client = spawnTrainer()
  const trainer = await client.open(
    {
      model: {
        backbone: data.backbone,
        extent: inputExtent(charter),
        adapter: charter.adapter,
        modules: charter.modules,
        classes: charter.classes.length,
      },
      data: sites.map(({ data: path }) => ({
        path,
        classes: charter.classes,
        trainFraction: init.trainFraction,
        splitSeed: init.seed,
      })),
      rule: 'mean',
      threads: init.threads ?? 1,
      ...(randomWeights !== undefined && { randomWeights }),
    },
    { signal },
  )
  return await use(trainer)
}

/** Runs at most `size` jobs at a time, in the order in which they came. */
class Slots {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(size: number) {
    this.#free = size
  }

  async run<T>(job: () => Promise<T>): Promise<T> {
    if (this.#free === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#free -= 1
    try {
      return await job()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#free += 1
      else next()
    }
  }
}
