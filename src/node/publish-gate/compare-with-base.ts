import type { Classifier } from '../../merge/index.ts'
import type {
  EvaluatedModel,
  EvaluateResult,
  MixtureSpec,
  ModelState,
  SiteTrainer,
  WorkOptions,
} from '../../training/index.ts'
import { analyticClassifier } from '../analytic-classifier.ts'
import type { Charter } from '../charter.ts'
import type { HeldOutResults } from '../scores/held-out-results.ts'
import { pairedTest, type PairedTest } from './paired-test.ts'

export interface Comparison {
  readonly test: PairedTest
  /** What was trained, as good as it counts. */
  readonly trained: EvaluateResult
}

/** What a site has trained, and from what. */
export interface TrainedFrom {
  /** Null is the charter's start. */
  readonly from: ModelState | null
  readonly trained: ModelState
  /** What both are states of. @default the charter's adapter */
  readonly adapterSpec?: MixtureSpec | undefined
  /** A model of the site's own keeps the classifier that was trained. @default false */
  readonly isPersonal?: boolean | undefined
  /** Rows of the classifier that were trained. @default all */
  readonly classes?: readonly number[] | undefined
}

/**
 * Whether the site's held-out samples are served worse by what was trained than by what training started from, each with its own classifier;
 * of the classes that were trained alone. Null where nothing of them is held out.
 *
 * Under an analytic charter trained classifiers do not last, as sites send statistics instead: then what was trained also counts as good as
 * the analytic classifier of the site's own training samples makes it; and before there is a merge that classifier on the frozen backbone is
 * the base. Elsewhere the first base is the charter's start, a classifier of zeros, which any training that works beats.
 *
 * Cost: a pass over the held-out samples for each model; a pass over the training samples for each analytic classifier, of which there is one
 * for a first contribution and one where the first look says worse. A base that `results` remembers costs nothing.
 */
export async function compareWithBase(
  trainer: SiteTrainer,
  charter: Charter,
  { from, trained, adapterSpec, isPersonal = false, classes }: TrainedFrom,
  work: WorkOptions,
  results: Pick<HeldOutResults, 'evaluate'>,
): Promise<Comparison | null> {
  const held = trainer.sites[0]!.heldOut.classCounts.filter((_, row) => classes?.includes(row) ?? true)
  if (held.every((count) => count === 0)) return null
  const choice = { ...work, classes }
  const evaluate = (models: readonly EvaluatedModel[]): Promise<readonly EvaluateResult[]> =>
    results.evaluate(trainer, models, classes, work)
  const isAnalytic = charter.classifier.rule === 'analytic' && !isPersonal
  const base = (from && { ...from, adapterSpec }) ?? {
    adapter: null,
    classifier: isAnalytic
      ? await analyticClassifier(trainer, charter, null, choice)
      : zeros(trained.classifier),
  }
  const [before, after] = await evaluate([base, { ...trained, adapterSpec }])
  const first = { test: pairedTest(before!.right, after!.right), trained: after! }
  if (!first.test.isWorse || !isAnalytic) return first
  const classifier = await analyticClassifier(trainer, charter, trained.adapter, choice)
  const [under] = await evaluate([{ adapter: trained.adapter, classifier }])
  const second = { test: pairedTest(before!.right, under!.right), trained: under! }
  return second.test.after > first.test.after ? second : first
}

function zeros({ weight, bias }: Classifier): Classifier {
  return {
    weight: { ...weight, data: new Float32Array(weight.data.length) },
    bias: { ...bias, data: new Float32Array(bias.data.length) },
  }
}
