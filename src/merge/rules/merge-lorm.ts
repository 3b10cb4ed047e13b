import { frozenName } from '../adapters/frozen-factors.ts'
import { keptFactors } from '../adapters/kept-factors.ts'
import { MergeSpecError } from '../errors.ts'
import { trainedTensors } from '../format/contribution-tensors.ts'
import { gramForm } from '../format/gram-tensors.ts'
import { denseGram, ridged, type Gram } from '../linear/gram.ts'
import { matrixFromTensor } from '../linear/matrix.ts'
import { projectGram } from '../linear/project-gram.ts'
import type { ContributionView, Matrix, MergeSpec, TargetModule } from '../types.ts'
import { tensorwise, type AdapterRule } from './adapter-rule.ts'
import { readGram } from './read-gram.ts'
import { trainedValue } from './trained-value.ts'

/**
 * LoRM: the trained factor whose outputs B A x are nearest to all sites' outputs on all sites' inputs.
 *
 *   B-step (A frozen)   B = (Σᵢ Bᵢ wᵢS̃ᵢ)(Σᵢ wᵢS̃ᵢ)⁻¹      Sᵢ = A Gᵢ Aᵀ (r, r)
 *   A-step (B frozen)   A = (Σᵢ Aᵢ wᵢG̃ᵢ)(Σᵢ wᵢG̃ᵢ)⁻¹      Gᵢ = XᵢᵀXᵢ (in, in); B cancels
 *   S̃ = S + ρ·tr(S)/r · I, G̃ likewise; wᵢ = γ^age
 *
 * Shapes: B (out, r), A (r, in). Both are exact where all sites share the frozen factor. Of a Gram that travels as diagonal or as
 * top eigenpairs the result is the same matrix-weighted mean under approximate weights: equal factors stay as they are.
 * Across tasks with one frozen factor the same sums are LoRM's merge of tasks, as Σ_t B_t (Σᵢ S_it) = Σ_t Σᵢ B_it S_it.
 * Precision: float64, rounded to float32 once. Order: ascending contribution id.
 * Departs from the paper: ridge per peer instead of a pseudo-inverse, so that directions without data get the mean of
 * the sites instead of zero; wᵢ lets absent sites fade.
 *
 * @see LoRM, arXiv:2410.17961
 */
export const lormRule: AdapterRule = tensorwise(
  assertFits,
  ({ adapter }, module) => trainedTensors(adapter, module).keys(),
  (spec, module, tensor, { view, weight }) => ({
    id: view.id,
    count: view.header.count,
    weight,
    value: trainedValue(spec, module, tensor, view),
    /** Computed when asked for, so that memory holds the Gram of one contribution at a time. */
    get gram() {
      return ridged(inputGram(spec, module, view), spec.ridge)
    },
  }),
)

function assertFits({ adapter, grams }: MergeSpec): void {
  if (adapter.kind !== 'lora' || adapter.trains === 'AB') {
    throw new MergeSpecError(
      'rule',
      "lorm needs an adapter of kind 'lora' that trains 'B' or 'A', or 'AB' under the staged schedule",
      {
        adapter,
      },
    )
  }
  if (adapter.trains === 'A' && (grams === undefined || grams.form === 'projected')) {
    const problem = "lorm on A needs Grams of the layers' inputs: full, diagonal or top-k"
    throw new MergeSpecError('grams', problem, { grams })
  }
}

/** Of the inputs that the trained factor meets: x for A, A x for B. */
function inputGram(spec: MergeSpec, module: TargetModule, view: ContributionView): Gram {
  const gram = readGram(spec, module, view)
  const { adapter } = spec
  const arrivesAsNeeded =
    (adapter.kind === 'lora' && adapter.trains === 'A') || gramForm(spec)?.form === 'projected'
  return arrivesAsNeeded ? gram : denseGram(projectGram(frozenA(spec, module), gram))
}

function frozenA({ adapter }: MergeSpec, module: TargetModule): Matrix {
  const name = frozenName(module.name, 'lora_A')
  return matrixFromTensor(name, keptFactors(adapter, module).get(name)!, adapter.rank, module.in)
}
