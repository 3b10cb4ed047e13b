import { solveAnalytic, unpackSymmetric, type Classifier, type TensorMap } from '../merge/index.ts'
import type { MeasureOptions, SiteTrainer } from '../training/index.ts'
import { DEFAULT_CLASSIFIER } from './default-classifier.ts'
import type { Charter } from './charter.ts'

/**
 * The classifier of a trainer's own training samples, on the features of an adapter or with null of the frozen backbone: what the
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
  const rule = charter.classifier.rule === 'analytic' ? charter.classifier : DEFAULT_CLASSIFIER
  return solveAnalytic(
    {
      gram: unpackSymmetric(gram.data, features + 1),
      cross: { rows: features + 1, cols: cross.shape[1]!, data: Float64Array.from(cross.data) },
    },
    rule,
  )
}
