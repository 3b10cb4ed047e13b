import { MergeSpecError } from '../errors.ts'
import { loraAName, loraBName, trainedTensors } from '../format/contribution-tensors.ts'
import { entryCount } from '../format/tensor-layout.ts'
import { tensorFromMatrix } from '../linear/matrix.ts'
import type {
  AdapterSpec,
  ContributionView,
  LoraSpec,
  MergeRule,
  MergeSpec,
  TargetModule,
  Tensor,
  TensorMap,
} from '../types.ts'
import { canonicalOrder } from '../units/canonical-order.ts'
import { resultSpec } from './adapter-rules.ts'
import { liveContributions, weigh } from './live-contributions.ts'
import { mergeAdapter } from './merge-adapter.ts'
import { assertStackFits, stackFits, stackedSpec, stackProducts } from './stacked-products.ts'
import { trainedValue } from './trained-value.ts'
import { weightedMean } from './weighted-mean.ts'

/**
 * How the others are summed up.
 *
 *   factors    every trained tensor by itself, as published: the product of the means is not the mean of the products
 *   products   the mean of what the others' adapters do, exactly: lora that trains A and B as factors next to each other
 *   gram       the charter's rule over the others, weighted by their Grams and age
 */
export type RestForm = 'factors' | 'products' | 'gram'

export interface RestOfWorld {
  /** What `adapter` is a state of; of more rank than the charter's where products of trained factors are kept apart. */
  readonly adapterSpec: AdapterSpec
  readonly adapter: TensorMap
  /** Contributions that it is made of, ascending. */
  readonly ids: readonly string[]
}

/** Rules that read no Grams. */
const GRAMLESS: ReadonlySet<MergeRule> = new Set(['mean', 'fedselect'])

/**
 * Everybody's adapter but one's own, which FedALT runs beside one's own and never trains.
 *
 *   factors    T = Σ_{i ≠ k} T_i / n          products   B A = Σ_{i ≠ k} B_iA_i / n         over the newest states of all other peers
 *
 * With one other peer it is that peer's adapter; alone it is zero.
 * Precision: float64, rounded to float32 once. Order: ascending contribution id. Which contributions count is decided as in the merge.
 *
 * @param peer - the one that is left out
 * @throws MergeSpecError - `gram` under a rule without Grams; the rule `fedselect`, whose contributions do not hold whole adapters
 * @throws MergeRankError - the others' products have more rank than a module
 * @see FedALT, AAAI 2026
 */
export function restOfWorld(
  spec: MergeSpec,
  views: readonly ContributionView[],
  peer: string,
  form: RestForm,
): RestOfWorld {
  assertForm(spec, form)
  const live = liveContributions(spec, views)
  const others = live.adapters.filter(({ header }) => header.peer !== peer)
  const holders = (tensor: string): readonly ContributionView[] =>
    live.holders(tensor).filter(({ header }) => header.peer !== peer)
  const names = spec.modules.flatMap((module) => [...trainedTensors(spec.adapter, module).keys()])
  const ids = canonicalOrder(names.flatMap(holders)).map(({ id }) => id)
  const result = (adapterSpec: AdapterSpec, tensors: Iterable<readonly [string, Tensor]>): RestOfWorld => ({
    adapterSpec,
    adapter: new Map(tensors),
    ids,
  })
  if (others.length > 0 && form === 'gram') {
    return result(resultSpec(spec, others.length), mergeAdapter(spec, (tensor) => weigh(spec, holders(tensor)))) // prettier-ignore
  }
  const { adapter } = spec
  const trainsBoth = adapter.kind === 'lora' && adapter.trains === 'AB'
  if (others.length > 0 && form === 'products' && trainsBoth) {
    return result(stackedSpec(adapter, others.length), stacks(spec, adapter, others))
  }
  return result(adapter, means(spec, holders))
}

/** Whether the products of so many others, kept apart, are no wider than any module: what `products` asks for. */
export function productsFit(
  { adapter, modules }: Pick<MergeSpec, 'adapter' | 'modules'>,
  others: number,
): boolean {
  if (adapter.kind !== 'lora' || adapter.trains !== 'AB') return true // summed up without a wider adapter
  return modules.every((module) => stackFits(adapter, module, others))
}

function assertForm({ rule }: MergeSpec, form: RestForm): void {
  if (rule === 'fedselect') {
    throw new MergeSpecError('rule', 'fedselect leaves out what is personal: there is no rest of the world')
  }
  if (form === 'gram' && GRAMLESS.has(rule)) {
    throw new MergeSpecError('rule', `${rule} weighs by no Grams; take the form factors or products`)
  }
}

/** Every trained tensor's uniform mean; zero where nobody else has trained it. */
function* means(
  spec: MergeSpec,
  holders: (tensor: string) => readonly ContributionView[],
): Generator<readonly [string, Tensor]> {
  for (const module of spec.modules) {
    for (const [name, shape] of trainedTensors(spec.adapter, module)) {
      const mean = weightedMean(...shape)
      for (const view of holders(name)) mean.add(trainedValue(spec, module, name, view), 1)
      const merged = mean.solve()
      const zero = { shape, data: new Float32Array(entryCount(shape)) }
      yield [name, merged === undefined ? zero : tensorFromMatrix(name, merged)]
    }
  }
}

/** [B_1 … B_n] and the rows A_i/n. */
function* stacks(
  spec: MergeSpec,
  adapter: LoraSpec,
  others: readonly ContributionView[],
): Generator<readonly [string, Tensor]> {
  for (const module of spec.modules) {
    assertStackFits(adapter, module, others.length)
    const { a, b } = stackProducts(others.map((view) => productOf(spec, module, view)), module.name) // prettier-ignore
    yield [loraBName(module.name), tensorFromMatrix(loraBName(module.name), b)]
    yield [loraAName(module.name), tensorFromMatrix(loraAName(module.name), a)]
  }
}

function productOf(spec: MergeSpec, module: TargetModule, view: ContributionView) {
  const b = trainedValue(spec, module, loraBName(module.name), view)
  const a = trainedValue(spec, module, loraAName(module.name), view)
  return { id: view.id, count: view.header.count, weight: 1, gram: undefined, a, b }
}
