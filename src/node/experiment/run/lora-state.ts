import { frozenFactors, loraAName, loraBName } from '../../../merge/index.ts'
import type { AdapterSpec, Matrix, TargetModule, Tensor, TensorMap } from '../../../merge/index.ts'
import { truncateUpdate } from './truncate-update.ts'

/** A merged state with both factors of LoRA, as the trainer takes it: the one that is not trained has its seeded value. */
export function wholeState(
  adapter: AdapterSpec,
  modules: readonly TargetModule[],
  merged: TensorMap,
): TensorMap {
  if (adapter.kind !== 'lora' || adapter.trains === 'AB') return merged
  const frozen = frozenFactors(adapter, modules)
  const said = [...frozen].map(([name, tensor]) => [name.replace('frozen/', 'adapter/'), tensor] as const)
  return new Map([...said, ...merged])
}

/** A state of more rank than the adapter has, cut to its rank. */
export function truncatedState(rank: number, modules: readonly TargetModule[], merged: TensorMap): TensorMap {
  return new Map(
    modules.flatMap(({ name, in: inputs, out }) => {
      const stacked = merged.get(loraAName(name))!.shape[0]!
      const matrix = (tensor: string, rows: number, cols: number): Matrix => {
        return { rows, cols, data: Float64Array.from(merged.get(tensor)!.data) }
      }
      const factors = {
        b: matrix(loraBName(name), out, stacked),
        a: matrix(loraAName(name), stacked, inputs),
      }
      const { b, a } = stacked > rank ? truncateUpdate(factors, rank) : factors
      return [[loraBName(name), asTensor(b)] as const, [loraAName(name), asTensor(a)] as const]
    }),
  )
}

function asTensor({ rows, cols, data }: Matrix): Tensor {
  return { shape: [rows, cols], data: Float32Array.from(data) }
}
