import type {
  EvaluateResult,
  ModelState,
  SiteSummary,
  SiteTrainer,
  TrainOptions,
} from '../../training/index.ts'
import { spawnTrainer } from '../../training/index.ts'
import type { Charter } from '../charter.ts'
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
}

export interface Baselines {
  readonly sites: readonly SiteSummary[]
  /** In the order of the models given. */
  readonly models: readonly EvaluateResult[]
  /** Each site's own model. */
  readonly own: readonly EvaluateResult[]
  readonly pooled: EvaluateResult
  readonly random: EvaluateResult | undefined
}

/**
 * Trains what the merge is compared with, for as many local epochs as the sites trained in the swarm: each site alone, one model on all
 * images, and that again from random backbone weights. Evaluates all of them, and `models`, on every site's held-out images.
 */
export async function trainBaselines(init: BaselineInit, models: readonly ModelState[]): Promise<Baselines> {
  const { data, parallel, say } = init
  const pool = new Slots(parallel)
  const randomRun = init.randomBackbone
    ? pool.run(() =>
        withTrainer(init, data.sites, 'random', async (trainer) =>
          score(trainer, [await fit(trainer, init)]),
        ),
      )
    : Promise.resolve([undefined])
  const pooledRun = pool.run(() => withTrainer(init, data.sites, undefined, (trainer) => fit(trainer, init)))
  const ownRuns = data.sites.map((site) =>
    pool.run(() => withTrainer(init, [site], undefined, (trainer) => fit(trainer, init))),
  )
  const [[random], pooled, ...own] = await Promise.all([randomRun, pooledRun, ...ownRuns])
  say('evaluating every model on everybody’s held-out images')
  return withTrainer({ ...init, threads: parallel }, data.sites, undefined, async (trainer) => {
    const results = await score(trainer, [...models, ...own, pooled])
    return {
      sites: trainer.sites,
      models: results.slice(0, models.length),
      own: results.slice(models.length, -1),
      pooled: results.at(-1)!,
      random,
    }
  })

  async function score(trainer: SiteTrainer, states: readonly ModelState[]): Promise<EvaluateResult[]> {
    return trainer.evaluate(states, 'heldOut', { signal: init.signal })
  }
}

async function fit(trainer: SiteTrainer, { charter, seed, signal }: BaselineInit): Promise<ModelState> {
  const { epochs, ...training } = charter.training
  const options: TrainOptions = { ...training, epochs: epochs * charter.schedule.contributionsPerTask, seed }
  const work = trainer.train(null, options, signal)
  for (;;) {
    const step = await work.next()
    if (step.done === true) return step.value.state
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
        imageSize: charter.imageSize,
        adapter: charter.adapter,
        modules: charter.modules,
        classes: charter.classes.length,
      },
      data: sites.map(({ dir }) => ({
        dir,
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
