import { gramForm, gramName, gramOwner, gramRestName, gramVectorsName } from '../format/gram-tensors.ts'
import { packedGram, type Gram } from '../linear/gram.ts'
import { matrixFromTensor, zeros } from '../linear/matrix.ts'
import type { ContributionView, Matrix, MergeSpec, TargetModule } from '../types.ts'
import { shrinkPacked } from './ridge.ts'

/**
 * The Gram that a contribution carries for a module, in float64 and without ridge.
 *
 * @throws MergeSpecError - contributions under this spec carry none, or one per head
 * @throws MalformedError - not for admitted contributions
 */
export function readGram(spec: MergeSpec, module: TargetModule, view: ContributionView): Gram {
  const { in: width } = module
  const name = gramOwner(spec, module)
  const form = gramForm(spec)
  const { data } = view.tensor(gramName(name))
  if (form?.form === 'diagonal') return factored(zeros(0, width), [], data)
  if (form?.form === 'top-k') return topPairs(view, name, width)
  const gram = packedGram(data, packedSize(data.length))
  const alpha = form?.form === 'full' ? (form.shrink ?? 1) : 1
  return alpha === 1 ? gram : shrinkPacked(gram, alpha)
}

/** G = Σ (λ_j − rest) v_j v_jᵀ + rest·I. */
function topPairs(view: ContributionView, name: string, width: number): Gram {
  const { data: values } = view.tensor(gramName(name))
  const vectors = matrixFromTensor(
    gramVectorsName(name),
    view.tensor(gramVectorsName(name)),
    values.length,
    width,
  )
  const rest = view.tensor(gramRestName(name)).data[0]!
  return factored(vectors, [...values].map((value) => value - rest), new Float64Array(width).fill(rest)) // prettier-ignore
}

function factored(vectors: Matrix, values: readonly number[], diagonal: ArrayLike<number>): Gram {
  return {
    kind: 'factored',
    vectors,
    values: Float64Array.from(values),
    diagonal: Float64Array.from(diagonal),
  }
}

/** n with n(n+1)/2 entries. */
function packedSize(length: number): number {
  return (Math.sqrt(8 * length + 1) - 1) / 2
}
