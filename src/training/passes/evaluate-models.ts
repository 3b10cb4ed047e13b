import type { AdapterSpec, TensorMap } from '../../merge/index.ts'
import type { ChosenSplit } from './chosen-split.ts'
import { featurePass } from './feature-pass.ts'
import type { Feature } from './feature-pass.ts'
import type { SamplePass } from './sample-pass.ts'
import { predict } from './predict.ts'
import type { EvaluateResult, EvaluatedModel, Score } from '../types.ts'

/** A pass over one site's samples with an adapter, which is a state of the trainer's or of this one. */
type PassOf = (site: ChosenSplit, adapter: TensorMap | null, spec: AdapterSpec | undefined) => SamplePass

/**
 * Accuracy of each model on each site's samples. Models that share an adapter (the same object) share its features, so several
 * classifiers cost one pass. Yields the number of samples done.
 */
export async function* evaluateModels(
  models: readonly EvaluatedModel[],
  sites: readonly ChosenSplit[],
  classes: number,
  passOf: PassOf,
): AsyncGenerator<number, EvaluateResult[]> {
  const tallies = models.map(() => new Tally(classes, sites.length))
  for (const [adapter, members] of groupByAdapter(models)) {
    for (const [site, split] of sites.entries()) {
      if (split.samples.labels.length === 0) continue
      const pass = passOf(split, adapter, models[members[0]!]!.adapterSpec)
      for await (const features of featurePass(pass, adapter !== null)) {
        for (const index of members) score(tallies[index]!, models[index]!, site, features)
        yield features.length
      }
    }
  }
  return tallies.map((tally) => tally.result())
}

/** How many samples `evaluateModels` will yield. */
export function evaluationTotal(models: readonly EvaluatedModel[], sites: readonly ChosenSplit[]): number {
  return groupByAdapter(models).size * sites.reduce((count, { samples }) => count + samples.labels.length, 0)
}

function groupByAdapter(models: readonly EvaluatedModel[]): Map<TensorMap | null, number[]> {
  const groups = new Map<TensorMap | null, number[]>()
  for (const [index, { adapter }] of models.entries()) {
    groups.set(adapter, [...(groups.get(adapter) ?? []), index])
  }
  return groups
}

function score(
  tally: Tally,
  { classifier }: EvaluatedModel,
  site: number,
  features: readonly Feature[],
): void {
  for (const { x, label } of features) tally.add(site, label, predict(classifier, x) === label)
}

class Tally {
  readonly #perClass: Score[]
  readonly #perSite: Score[]

  constructor(classes: number, sites: number) {
    this.#perClass = Array.from({ length: classes }, () => ({ correct: 0, count: 0 }))
    this.#perSite = Array.from({ length: sites }, () => ({ correct: 0, count: 0 }))
  }

  add(site: number, label: number, isCorrect: boolean): void {
    this.#perClass[label] = plus(this.#perClass[label]!, isCorrect)
    this.#perSite[site] = plus(this.#perSite[site]!, isCorrect)
  }

  result(): EvaluateResult {
    const correct = this.#perSite.reduce((sum, site) => sum + site.correct, 0)
    const count = this.#perSite.reduce((sum, site) => sum + site.count, 0)
    return { correct, count, perClass: this.#perClass, perSite: this.#perSite }
  }
}

function plus({ correct, count }: Score, isCorrect: boolean): Score {
  return { correct: correct + (isCorrect ? 1 : 0), count: count + 1 }
}
