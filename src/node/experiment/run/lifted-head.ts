import { createRandom, packedLength, solveClassifier, unpackSymmetric } from '../../../merge/index.ts'
import type { Classifier, Tensor } from '../../../merge/index.ts'
import { samplesOf } from '../tasks.ts'
import type { Trajectory } from '../types.ts'
import type { FixedFeatures } from './analytic-head.ts'
import type { RunContext } from './run-context.ts'

/**
 * The analytic head on random ReLU features of features that stay. Statistics are summed as they come, not sent as contributions.
 *
 *   z = max(0, R x)      R (width, d) normal from a seed, the same at every site
 *   Σ [z;1]ᵀ[z;1] and Σ [z;1]ᵀY over all sites' samples, as the statistics of `analytic`
 *
 * @see RanPAC, McDonnell et al., arXiv:2307.02186
 */
export class LiftedHead {
  readonly #context: RunContext
  readonly #lifted: Readonly<Record<'train' | 'heldOut', Tensor>>
  readonly #gram: Float64Array
  readonly #cross: Float64Array
  readonly #rounds: number[] = []
  readonly #tasks: number[][] = []

  private constructor(context: RunContext, lifted: Readonly<Record<'train' | 'heldOut', Tensor>>) {
    const width = lifted.train.shape[1]!
    this.#context = context
    this.#lifted = lifted
    this.#gram = new Float64Array(packedLength(width))
    this.#cross = new Float64Array(width * context.data.classes.length)
  }

  static async open(context: RunContext, { trainer, state }: FixedFeatures): Promise<LiftedHead> {
    const { bench, meter, spec } = context
    const of = async (split: 'train' | 'heldOut'): Promise<Tensor> =>
      lift(await bench.features(trainer, state, split), spec.lift)
    return meter.time(
      'measure',
      async () => new LiftedHead(context, { train: await of('train'), heldOut: await of('heldOut') }),
    )
  }

  get trajectory(): Trajectory {
    return { rounds: this.#rounds, tasks: this.#tasks }
  }

  /** A task's statistics, then the classifier of all tasks so far on all of their held-out samples. */
  async add(task: number): Promise<void> {
    const { meter, tasks, data, reported, scoresEnd } = this.#context
    const { sites } = tasks[task]!
    for (const samples of sites) {
      await meter.time('lifted', () => this.#measure(samples))
      meter.addLifted(4 * (this.#gram.length + this.#cross.length))
    }
    const isLast = task === tasks.length - 1
    if (scoresEnd && !isLast) return
    const classifier = await meter.time('lifted', () => this.#solve())
    const seen = isLast ? reported : reported.slice(0, task + 1)
    const scored = await meter.time('lifted', () =>
      seen.map((classes) =>
        classes.flatMap((c) =>
          samplesOf(data.testCounts, c).map((sample) => this.#isRight(classifier, sample, c, seen.flat())),
        ),
      ),
    )
    this.#rounds.push(share(scored.flat()))
    this.#tasks.push(scored.map(share))
  }

  #measure(samples: readonly number[]): void {
    const { data, shape } = this.#lifted.train
    const width = shape[1]!
    const classes = this.#context.data.classes.length
    for (const sample of samples) {
      const z = data.subarray(sample * width, (sample + 1) * width)
      const label = labelOf(this.#context.data.trainCounts, sample)
      for (let i = 0, at = 0; i < width; i++) {
        const zi = z[i]!
        this.#cross[i * classes + label]! += zi
        if (zi === 0) at += i + 1
        else for (let j = 0; j <= i; j++) this.#gram[at++]! += zi * z[j]!
      }
    }
  }

  #solve(): Classifier {
    const { shape } = this.#lifted.train
    const width = shape[1]!
    const cols = this.#context.data.classes.length
    const cross = { rows: width, cols, data: this.#cross }
    return solveClassifier(
      { gram: unpackSymmetric(this.#gram, width), cross },
      this.#context.spec.ridge.lifted,
    )
  }

  #isRight({ weight, bias }: Classifier, sample: number, label: number, seen: readonly number[]): boolean {
    const { data, shape } = this.#lifted.heldOut
    const width = shape[1]!
    const logit = (c: number): number => {
      let sum = bias.data[c]!
      for (let i = 0; i < width - 1; i++) sum += weight.data[c * (width - 1) + i]! * data[sample * width + i]!
      return sum
    }
    const own = logit(label)
    return seen.every((c) => c === label || logit(c) < own)
  }
}

/** [max(0, R x); 1] of every row. (n, d) → (n, width + 1) */
function lift({ data, shape }: Tensor, width: number): Tensor {
  const [n, d] = shape as [number, number]
  const random = createRandom('experiment/lift')
  const projection = Float64Array.from({ length: width * d }, () => random.normal() / Math.sqrt(d))
  const result = new Float32Array(n * (width + 1))
  for (let s = 0; s < n; s++) {
    for (let i = 0; i < width; i++) {
      let sum = 0
      for (let j = 0; j < d; j++) sum += projection[i * d + j]! * data[s * d + j]!
      result[s * (width + 1) + i] = Math.max(0, sum)
    }
    result[(s + 1) * (width + 1) - 1] = 1
  }
  return { shape: [n, width + 1], data: result }
}

/** Samples stand class after class. */
function labelOf(counts: readonly number[], sample: number): number {
  let end = 0
  return counts.findIndex((count) => sample < (end += count))
}

function share(values: readonly boolean[]): number {
  return values.filter(Boolean).length / Math.max(values.length, 1)
}
