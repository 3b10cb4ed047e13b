import { solveClassifier, unpackSymmetric, type Classifier, type TensorMap } from '../merge/index.ts'
import type { MeasureOptions, SiteTrainer } from '../training/index.ts'
import type { Charter } from './charter.ts'

/** λ where the charter names none, in units of tr/d. */
const DEFAULT_RIDGE = 1e-2

/**
 * The ridge classifier of a trainer's own training samples, on the features of an adapter or with null of the frozen backbone: what the
 * rule `analytic` gives a consortium of these samples.
 */
export async function analyticClassifier(
  trainer: SiteTrainer,
  charter: Charter,
  adapter: TensorMap | null,
  options: MeasureOptions,
): Promise<Classifier> {
  const features = charter.backbone.hiddenSize
  const { gram, cross } = await trainer.measure(adapter, options)
  const ridge = charter.classifier.rule === 'analytic' ? charter.classifier.ridge : DEFAULT_RIDGE
  return solveClassifier(
    {
      gram: unpackSymmetric(gram.data, features + 1),
      cross: { rows: features + 1, cols: cross.shape[1]!, data: Float64Array.from(cross.data) },
    },
    ridge,
  )
}
