import type { GramSpec, TargetModule, TensorMap } from '../../merge/index.ts'
import type { PartChoice } from '../adapters/part-choice.ts'
import { adapterGrams } from './adapter-grams.ts'
import type { InputGramPass } from './input-grams.ts'
import { planStatistics, type StatisticsPlan } from './plan-statistics.ts'
import { wireGram } from './wire-gram.ts'

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
      return measured(planStatistics(pass, modules, { kind: form.form }))
    case 'top-k':
      return measured(planStatistics(pass, modules, { kind: form.form, k: form.k }))
  }
}

function measured(plan: StatisticsPlan): GramPlan {
  return { total: plan.total, run: () => inputGramTensors(plan.run()) }
}

/** Modules that share an input send its Gram under each of their names. */
async function* inputGramTensors(
  measuring: ReturnType<StatisticsPlan['run']>,
): AsyncGenerator<number, TensorMap> {
  const grams = yield* measuring
  return new Map(
    grams.flatMap(({ modules, gram }) => modules.flatMap((module) => [...wireGram(module, gram)])),
  )
}
