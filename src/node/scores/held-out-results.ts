import type { Classifier } from '../../merge/index.ts'
import type { EvaluatedModel, EvaluateResult, SiteTrainer, WorkOptions } from '../../training/index.ts'
import { amongClasses } from '../among-classes.ts'
import type { FigureRole, HeldOutFigures } from './held-out-figures.ts'

interface Kept {
  readonly trainer: SiteTrainer
  readonly model: EvaluatedModel
  readonly classes: string
  readonly result: EvaluateResult
}

/**
 * What models do on the held-out samples of a site. The merge that was scored last is remembered, so that one pass serves both the score and
 * the publishing gate where training starts from that merge. Samples have one order as long as a trainer lives.
 */
export class HeldOutResults {
  readonly #figures: Pick<HeldOutFigures, 'enter'> | undefined
  #kept: Kept | undefined

  /** @param figures - where what models have got right is kept for people to see */
  constructor(figures?: Pick<HeldOutFigures, 'enter'>) {
    this.#figures = figures
  }

  /** Says whose result it is. @param digest - of the model; null for one that has none yet */
  say(role: FigureRole, digest: string | null, result: EvaluateResult): void {
    if (result.count > 0) this.#figures?.enter(role, digest, result)
  }

  /** Evaluates those that are not remembered in one call. @param classes - only these compete, and only their samples count; all without */
  async evaluate(
    trainer: SiteTrainer,
    models: readonly EvaluatedModel[],
    classes: readonly number[] | undefined,
    work: WorkOptions,
  ): Promise<readonly EvaluateResult[]> {
    const known = models.map((model) => this.#recall(trainer, model, classes))
    const left = models.filter((_, i) => known[i] === undefined).map((model) => among(model, classes))
    const found =
      left.length === 0 ? [] : [...(await trainer.evaluate(left, 'heldOut', { ...work, classes }))]
    return known.map((result) => result ?? found.shift()!)
  }

  /** Of a merge; remembered until the next one. */
  async score(
    trainer: SiteTrainer,
    model: EvaluatedModel,
    classes: readonly number[] | undefined,
    work: WorkOptions,
  ): Promise<EvaluateResult> {
    const [result] = await this.evaluate(trainer, [model], classes, work)
    this.#kept = { trainer, model, classes: keyOf(classes), result: result! }
    return result!
  }

  #recall(
    trainer: SiteTrainer,
    { adapter, classifier }: EvaluatedModel,
    classes: readonly number[] | undefined,
  ): EvaluateResult | undefined {
    const kept = this.#kept
    const isIt =
      kept?.trainer === trainer &&
      kept.model.adapter === adapter &&
      kept.model.classifier === classifier &&
      kept.classes === keyOf(classes)
    return isIt ? kept.result : undefined
  }
}

const keyOf = (classes: readonly number[] | undefined): string => classes?.join() ?? 'all'

function among(model: EvaluatedModel, classes: readonly number[] | undefined): EvaluatedModel {
  const competing: Classifier =
    classes === undefined ? model.classifier : amongClasses(model.classifier, classes)
  return { ...model, classifier: competing }
}
