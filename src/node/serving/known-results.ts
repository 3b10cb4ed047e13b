import type { EvaluatedModel, EvaluateResult, SiteTrainer } from '../../training/index.ts'

/** A model by its digest, read only where it has to be evaluated. */
export interface NamedModel {
  readonly digest: string
  load(): Promise<EvaluatedModel>
}

/** What was found for models, by digest, for as long as a trainer lives, since its samples have one order then. A model that is served is not evaluated again for every candidate. */
export class KnownResults {
  #trainer: SiteTrainer | undefined
  #results = new Map<string, EvaluateResult>()

  /** In the order of the models. @param evaluate - those that are not known; @param rows - of the classifier, that compete. @default all */
  async of(
    trainer: SiteTrainer,
    models: readonly NamedModel[],
    rows: readonly number[] | undefined,
    evaluate: (models: readonly EvaluatedModel[]) => Promise<readonly EvaluateResult[]>,
  ): Promise<readonly EvaluateResult[]> {
    if (this.#trainer !== trainer) this.#results.clear()
    this.#trainer = trainer
    const keys = models.map(({ digest }) => `${digest} ${rows?.join() ?? 'all'}`)
    const missing = [...keys.keys()].filter((i) => !this.#results.has(keys[i]!))
    const loaded = await Promise.all(missing.map((i) => models[i]!.load()))
    const found = missing.length === 0 ? [] : await evaluate(loaded)
    const all = keys.map((key, i) => this.#results.get(key) ?? found[missing.indexOf(i)]!)
    this.#results = new Map(keys.map((key, i) => [key, all[i]!]))
    return all
  }
}
