import { trainedTensors } from '../format/contribution-tensors.ts'
import { matrixFromTensor } from '../linear/matrix.ts'
import type { Classifier, Matrix, MergeResult, MergeSpec, TargetModule } from '../types.ts'
import { deltaDifference, factoredDelta, minus, squaredNorm } from './factored-delta.ts'
import type { PooledModule } from './pooled-grams.ts'
import { squaredResponse } from './response.ts'

/** A squared change and the squared size of what has changed. */
export interface Change {
  readonly changed: number
  readonly whole: number
}

export interface ModuleChange {
  readonly delta: Change
  /** Over the pooled inputs; undefined where contributions carry no Grams. */
  readonly response: Change | undefined
}

/** √changed / √whole: 0 where nothing changed, 1 where there was nothing before. */
export function relative({ changed, whole }: Change): number {
  return changed === 0 ? 0 : whole === 0 ? 1 : Math.sqrt(changed / whole)
}

export function sumOf(changes: readonly Change[]): Change {
  return changes.reduce((sum, { changed, whole }) => ({ changed: sum.changed + changed, whole: sum.whole + whole }), { changed: 0, whole: 0 }) // prettier-ignore
}

/** How one module's delta differs between two merges. */
export function moduleChange(
  spec: MergeSpec,
  module: TargetModule,
  merge: MergeResult,
  other: MergeResult,
  pooled: PooledModule | undefined,
): ModuleChange {
  const whole = factoredDelta(merge.adapterSpec, module, merge.adapter)
  const rest = factoredDelta(other.adapterSpec, module, other.adapter)
  const delta = { changed: squaredNorm(deltaDifference(whole, rest)), whole: squaredNorm(whole) }
  if (pooled === undefined || pooled.grams.size === 0) return { delta, response: undefined }
  const [values, others] = [merge, other].map((each) => trainedValues(spec, module, each)) as [Values, Values]
  const difference = new Map([...values].map(([name, value]) => [name, minus(value, others.get(name)!)]))
  const squared = (of: Values): number => squaredResponse(spec.adapter, module, of, pooled.grams)
  return { delta, response: { changed: squared(difference), whole: squared(values) } }
}

/** Weight and bias together. */
export function classifierChange(merge: Classifier, other: Classifier): Change {
  const parts = (['weight', 'bias'] as const).map((part) => {
    const [a, b] = [merge[part].data, other[part].data]
    return {
      changed: a.reduce((sum, value, i) => sum + (value - b[i]!) * (value - b[i]!), 0),
      whole: a.reduce((sum, value) => sum + value * value, 0),
    }
  })
  return sumOf(parts)
}

type Values = ReadonlyMap<string, Matrix>

function trainedValues(
  { adapter }: MergeSpec,
  module: TargetModule,
  { adapter: state }: MergeResult,
): Values {
  return new Map(
    [...trainedTensors(adapter, module)].map(([name, [rows, cols]]) => [
      name,
      matrixFromTensor(name, state.get(name)!, rows, cols),
    ]),
  )
}
