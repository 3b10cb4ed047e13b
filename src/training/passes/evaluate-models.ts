import type { TensorMap } from '../../merge/index.ts'
import type { SampleSet } from '../data/samples.ts'
import { featurePass } from './feature-pass.ts'
import type { PlacedFeature } from './feature-pass.ts'
import type { SamplePass } from './sample-pass.ts'
import { margin, predict } from './predict.ts'
import { specKey } from '../model/adapter-models.ts'
import type { EvaluateResult, EvaluatedModel, Mistake, Score } from '../types.ts'

/** A pass over one site's samples with the adapter of a model. */
type PassOf = (site: number, model: EvaluatedModel) => Promise<SamplePass>

/**
 * Accuracy of each model on each site's samples. Models that share an adapter (the same object, of one spec) share its features, so
 * several classifiers cost one pass. Yields the number of samples done.
 */
export async function* evaluateModels(
  models: readonly EvaluatedModel[],
  sites: readonly SampleSet[],
  classes: number,
  passOf: PassOf,
): AsyncGenerator<number, EvaluateResult[]> {
  const tallies = models.map(() => new Tally(classes, sites.length))
  for (const members of groupByAdapter(models)) {
    const first = models[members[0]!]!
    for (const [site, samples] of sites.entries()) {
      if (samples.labels.length === 0) continue
      const pass = await passOf(site, first)
      for await (const features of featurePass(pass, first.adapter !== null)) {
        for (const index of members) score(tallies[index]!, models[index]!, site, features)
        yield features.length
      }
    }
  }
  return tallies.map((tally) => tally.result())
}

/** How many samples `evaluateModels` will yield. */
export function evaluationTotal(models: readonly EvaluatedModel[], sites: readonly SampleSet[]): number {
  return groupByAdapter(models).length * sites.reduce((count, { labels }) => count + labels.length, 0)
}

/** Places of models that have the same features. */
function groupByAdapter(models: readonly EvaluatedModel[]): number[][] {
  const groups = new Map<TensorMap | null, Map<string, number[]>>()
  for (const [index, { adapter, adapterSpec }] of models.entries()) {
    const key = adapter === null || adapterSpec === undefined ? '' : specKey(adapterSpec)
    const bySpec = groups.get(adapter) ?? new Map<string, number[]>()
    groups.set(adapter, bySpec)
    bySpec.set(key, [...(bySpec.get(key) ?? []), index])
  }
  return [...groups.values()].flatMap((bySpec) => [...bySpec.values()])
}

function score(
  tally: Tally,
  { classifier }: EvaluatedModel,
  site: number,
  features: readonly PlacedFeature[],
): void {
  for (const { index, x, label } of features) {
    tally.add({ site, index }, label, predict(classifier, x))
    if (classifier.bias.data.length === 2) tally.addMargin(label, margin(classifier, x))
  }
}

class Tally {
  /** By site, then by class. */
  readonly #cells: Score[][]
  /** By site, then in the order of its samples, which are batched in another one. */
  readonly #right: number[][]
  /** Of two classes, by class. */
  readonly #margins: number[][] = [[], []]
  readonly #mistakes = new Map<string, Mistake>()

  constructor(classes: number, sites: number) {
    this.#cells = Array.from({ length: sites }, () => Array.from({ length: classes }, () => NONE))
    this.#right = Array.from({ length: sites }, () => [])
  }

  add(
    { site, index }: { readonly site: number; readonly index: number },
    label: number,
    answer: number,
  ): void {
    const isCorrect = answer === label
    this.#right[site]![index] = isCorrect ? 1 : 0
    if (!isCorrect) this.#mistake(label, answer)
    const cells = this.#cells[site]!
    cells[label] = sumOf([cells[label]!, { correct: isCorrect ? 1 : 0, count: 1 }])
  }

  addMargin(label: number, value: number): void {
    this.#margins[label]!.push(value)
  }

  result(): EvaluateResult {
    const perSite = this.#cells.map(sumOf)
    const perClass = this.#cells[0]!.map((_, label) => sumOf(this.#cells.map((cells) => cells[label]!)))
    return {
      ...sumOf(perSite),
      perClass,
      perSite,
      perSiteClass: this.#cells,
      right: Uint8Array.from(this.#right.flat()),
      ...(perClass.length === 2 && { margins: this.#margins }),
      mistakes: [...this.#mistakes.values()].sort((a, b) => b.count - a.count || a.label - b.label || a.answer - b.answer), // prettier-ignore
    }
  }

  #mistake(label: number, answer: number): void {
    const key = `${label} ${answer}`
    const { count } = this.#mistakes.get(key) ?? { count: 0 }
    this.#mistakes.set(key, { label, answer, count: count + 1 })
  }
}

const NONE: Score = { correct: 0, count: 0 }

function sumOf(scores: readonly Score[]): Score {
  return scores.reduce(
    (sum, { correct, count }) => ({ correct: sum.correct + correct, count: sum.count + count }),
    NONE,
  )
}
