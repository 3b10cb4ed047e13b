import type { GramSpec, TargetModule, TensorMap } from '../../merge/index.ts'
import type { PartChoice } from '../adapters/part-choice.ts'
import { adapterGrams } from './adapter-grams.ts'
import type { InputGramPass } from './input-grams.ts'
import { planStatistics, type StatisticsPlan } from './plan-statistics.ts'
import type { LoraFactor } from '../types.ts'
import { gramsOnWire } from './wire-gram.ts'

export interface GramPlan {
  /** Samples that will be run, over all passes. */
  readonly total: number
  /** Yields the number of samples done. */
  run(): AsyncGenerator<number, TensorMap>
}

/** What of the adapter was trained. */
export interface TrainedParts {
  readonly choice: PartChoice
  readonly factors?: LoraFactor | undefined
}

/**
 * The Grams that an adapter contribution carries, under their wire names, in the charter's form: of the inputs that the layers meet with
 * the adapter of the pass.
 *
 * @param trained - what was trained: of ravan's projected form only that gets a row
 */
export function contributionGrams(
  pass: InputGramPass,
  modules: readonly TargetModule[],
  form: GramSpec,
  { choice, factors }: TrainedParts,
): GramPlan {
  switch (form.form) {
    case 'projected':
    case 'joint': {
      const asked = { projection: form.form, aStays: factors === 'B' }
      return { total: pass.samples.labels.length, run: () => adapterGrams(pass, choice, asked) }
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
