import type { Classifier, Tensor } from '../../../merge/index.ts'
import { recordedRight } from '../right-samples.ts'
import type { HomeScores, Trajectory } from '../types.ts'
import { homeScores, twoClassScore, type SiteScore } from './home-scores.ts'
import type { RunContext } from './run-context.ts'

/** Accuracies, task by task, of classifiers on features that stay. */
export class FeatureScores {
  readonly #context: RunContext
  readonly #heldOut: Tensor
  readonly #rounds: number[] = []
  readonly #tasks: number[][] = []
  #atEnd: HomeScores & Pick<Trajectory, 'right'> = {}

  /** @param heldOut - features of all held-out samples, class after class (samples, features) */
  constructor(context: RunContext, heldOut: Tensor) {
    this.#context = context
    this.#heldOut = heldOut
  }

  get trajectory(): Trajectory {
    return { rounds: this.#rounds, tasks: this.#tasks, ...this.#atEnd }
  }

  /** Whether the end of this task is scored. */
  counts(task: number): boolean {
    return !this.#context.scoresEnd || task === this.#context.tasks.length - 1
  }

  /** The classifier after a task, on all held-out samples of the classes seen so far; only those compete. */
  add(classifier: Classifier, task: number): void {
    const { tasks, heldOut, reported, data } = this.#context
    const isLast = task === tasks.length - 1
    const seen = isLast ? reported : reported.slice(0, task + 1)
    const competing = seen.flat()
    const right = new Map(
      competing
        .toSorted((a, b) => a - b)
        .map((c) => [c, heldOut[c]!.map((sample) => this.#isRight(classifier, sample, c, competing))]),
    )
    const of = (classes: readonly number[]): boolean[] => classes.flatMap((c) => right.get(c)!)
    this.#rounds.push(share(of(competing)))
    this.#tasks.push(seen.map((classes) => share(of(classes))))
    if (!isLast) return
    const home = this.#atHome(classifier, competing)
    this.#atEnd = { ...home, ...recordedRight(data, [...right.values()].flat()) }
  }

  #atHome(classifier: Classifier, competing: readonly number[]): HomeScores {
    const { data, home = [] } = this.#context
    const labels = data.testCounts.flatMap((count, c) => new Array<number>(count).fill(c))
    const score = (samples: readonly number[]): SiteScore => {
      if (data.classes.length === 2) return this.#twoClassScore(classifier, samples, labels)
      return { accuracy: share(samples.map((sample) => this.#isRight(classifier, sample, labels[sample]!, competing))) } // prettier-ignore
    }
    return homeScores(home.map(score))
  }

  #twoClassScore(classifier: Classifier, samples: readonly number[], labels: readonly number[]): SiteScore {
    const ofClass = (c: number): number[] =>
      samples
        .filter((sample) => labels[sample] === c)
        .map((sample) => this.#output(classifier, sample, 1) - this.#output(classifier, sample, 0))
    return twoClassScore([ofClass(0), ofClass(1)])
  }

  #isRight(classifier: Classifier, sample: number, label: number, competing: readonly number[]): boolean {
    const own = this.#output(classifier, sample, label)
    return competing.every((c) => c === label || this.#output(classifier, sample, c) < own)
  }

  #output({ weight, bias }: Classifier, sample: number, c: number): number {
    const width = this.#heldOut.shape[1]!
    const x = this.#heldOut.data.subarray(sample * width, (sample + 1) * width)
    let sum = bias.data[c]!
    for (let i = 0, at = c * width; i < width; i++, at++) sum += weight.data[at]! * x[i]!
    return sum
  }
}

function share(values: readonly boolean[]): number {
  return values.filter(Boolean).length / Math.max(values.length, 1)
}
