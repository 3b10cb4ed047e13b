import type { GramSpec, TargetModule, TensorMap } from '../../merge/index.ts'
import type { PartChoice } from '../adapters/part-choice.ts'
import { adapterGrams } from './adapter-grams.ts'
import type { InputGramPass } from './input-grams.ts'
import { planStatistics, type StatisticsPlan } from './plan-statistics.ts'
import { gramsOnWire } from './wire-gram.ts'

export interface GramPlan {
  /** Samples that will be run, over all passes. */
  readonly total: number
  /** Yields the number of samples done. */
  run(): AsyncGenerator<number, TensorMap>
}

/**
 * The Grams that an adapter contribution carries, under their wire names, in the charter's form: of the inputs that the layers meet with
 * the adapter of the pass.
 *
 * @param choice - the parts that were trained: of ravan's projected form only they get a row
 */
export function contributionGrams(
  pass: InputGramPass,
  modules: readonly TargetModule[],
  form: GramSpec,
  choice: PartChoice,
): GramPlan {
  switch (form.form) {
    case 'projected':
    case 'joint': {
      const projection = form.form
      return { total: pass.samples.labels.length, run: () => adapterGrams(pass, choice, projection) }
    }
    case 'full':
    case 'diagonal':
      return measured(planStatistics(pass, modules, { kind: form.form }), modules)
    case 'top-k':
      return measured(planStatistics(pass, modules, { kind: form.form, k: form.k }), modules)
  }
}

function measured(plan: StatisticsPlan, modules: readonly TargetModule[]): GramPlan {
  return { total: plan.total, run: () => inputGramTensors(plan.run(), modules) }
}

async function* inputGramTensors(
  measuring: ReturnType<StatisticsPlan['run']>,
  modules: readonly TargetModule[],
): AsyncGenerator<number, TensorMap> {
  return gramsOnWire(yield* measuring, modules)
}
