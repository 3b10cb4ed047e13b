import { loraAName, loraBName } from '../../../merge/index.ts'
import type { LoraSpec, MergeSpec, Tensor, TensorMap } from '../../../merge/index.ts'

/**
 * A stack of tasks with room for all tasks of the run, filled with zeros: the same model, so that one compiled graph serves all of them.
 * Standard scaling.
 */
export function padStack(
  { adapter, modules }: Pick<MergeSpec, 'adapter' | 'modules'>,
  stacked: LoraSpec,
  state: TensorMap,
  tasks: number,
): { readonly adapterSpec: LoraSpec; readonly adapter: TensorMap } {
  const rank = adapter.rank * tasks
  const tensors = modules.flatMap(({ name }) => {
    const [nameA, nameB] = [loraAName(name), loraBName(name)]
    return [
      [nameB, moreColumns(state.get(nameB)!, rank)] as const,
      [nameA, moreRows(state.get(nameA)!, rank)] as const,
    ]
  })
  return {
    adapterSpec: { ...stacked, rank, alpha: (stacked.alpha / stacked.rank) * rank },
    adapter: new Map(tensors),
  }
}

function moreRows({ shape, data }: Tensor, rows: number): Tensor {
  const cols = shape[1]!
  const result = new Float32Array(rows * cols)
  result.set(data)
  return { shape: [rows, cols], data: result }
}

function moreColumns({ shape, data }: Tensor, cols: number): Tensor {
  const [rows, had] = shape as [number, number]
  const result = new Float32Array(rows * cols)
  for (let i = 0; i < rows; i++) result.set(data.subarray(i * had, (i + 1) * had), i * cols)
  return { shape: [rows, cols], data: result }
}
