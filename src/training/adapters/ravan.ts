import { frozenFactors, gramName, headName } from '../../merge/index.ts'
import type { RavanSpec, TargetModule, Tensor, TensorMap } from '../../merge/index.ts'
import { concat, constant, lowRankLinear, matmul, mul, reshape } from '../graph/index.ts'
import type { Value } from '../graph/index.ts'
import type { AdapterPart, AttachedLowRank, LowRankAdapter } from './adapter.ts'
import { ravanAsLora } from './ravan-as-lora.ts'
import { packBlocks, wireTensor } from './wire-tensor.ts'

/**
 * Multi-head LoRA between frozen bases.
 *
 *   delta(x) = alpha · Σ_h B_h (s_h H_h) A_h x        start: s_h = 1, H_h = 0; of a merge: s_h = 1, H_h = C_h
 *   S_h = A_h G A_hᵀ                                  G = XᵀX over all rows
 *
 * Trained: all H as one (heads, rank, rank), all s as (heads, 1, 1). Sent: C_h = s_h H_h, which every peer's merge can add up.
 * In the graph heads are one block-diagonal core between the stacked bases, A (heads·rank, in) and B (out, heads·rank).
 *
 * @see Ravan, NeurIPS 2025
 */
export function ravanAdapter(spec: RavanSpec, module: TargetModule): LowRankAdapter {
  const names = { cores: `adapter/${module.name}/cores`, scales: `adapter/${module.name}/scales` }
  const frozen = frozenFactors(spec, [module])
  const basis = (side: 'A' | 'B'): Tensor => frozen.get(`frozen/${module.name}/${side}`)!
  return {
    module,
    parts: Array.from({ length: spec.heads }, (_, head) => headPart(spec, module, names, head)),
    parameters: [
      { name: names.cores, shape: [spec.heads, spec.rank, spec.rank] },
      { name: names.scales, shape: [spec.heads, 1, 1] },
    ],
    start: (wire) =>
      new Map([
        [names.cores, wire ? joinCores(spec, module, wire) : new Float32Array(spec.heads * spec.rank ** 2)],
        [names.scales, new Float32Array(spec.heads).fill(1)],
      ]),
    wire: (values) => splitCores(spec, module, values.get(names.cores)!, values.get(names.scales)!),
    attach: (parameter) => {
      const core = mul(parameter(names.cores), parameter(names.scales)) // (heads, rank, rank)
      return attachRavan(spec, module, basis('A'), basis('B'), core)
    },
    grams: (sums, heads, projection) =>
      ravanGrams(spec, module, sums, projection === 'joint' ? 'all' : heads),
    ...ravanAsLora(spec, module, basis('A'), basis('B')),
  }
}

function headPart(
  { rank }: RavanSpec,
  { name }: TargetModule,
  names: { readonly cores: string; readonly scales: string },
  head: number,
): AdapterPart {
  const core = { parameter: names.cores, from: head * rank * rank, to: (head + 1) * rank * rank }
  const scale = { parameter: names.scales, from: head, to: head + 1 }
  return { name: headName(name, head), trains: [core, scale], weighed: core }
}

function joinCores({ heads, rank }: RavanSpec, module: TargetModule, wire: TensorMap): Float32Array {
  const cores = new Float32Array(heads * rank * rank)
  for (let head = 0; head < heads; head++) {
    cores.set(wireTensor(wire, headName(module.name, head), [rank, rank]).data, head * rank * rank)
  }
  return cores
}

function splitCores(
  { heads, rank }: RavanSpec,
  module: TargetModule,
  cores: Float32Array,
  scales: Float32Array,
): TensorMap {
  const tensors = new Map<string, Tensor>()
  for (let head = 0; head < heads; head++) {
    const core = cores.subarray(head * rank * rank, (head + 1) * rank * rank)
    tensors.set(headName(module.name, head), {
      shape: [rank, rank],
      data: core.map((value) => value * scales[head]!),
    })
  }
  return tensors
}

function attachRavan(
  { heads, rank, alpha }: RavanSpec,
  module: TargetModule,
  basisA: Tensor,
  basisB: Tensor,
  core: Value,
): AttachedLowRank {
  const a = constant(basisA.data, basisA.shape, `${module.name} A`)
  const b = constant(basisB.data, basisB.shape, `${module.name} B`)
  const width = heads * rank
  const column = reshape(core, [width, rank])
  const tiled = heads === 1 ? column : concat(new Array<Value>(heads).fill(column), 1) // (width, width)
  const block = mul(tiled, constant(blockMask(heads, rank), [width, width], 'blocks'))

  const mixed = matmul(block, a) // (width, in): C_h A_h, head upon head
  const factors = { a: mixed, b, scale: alpha }
  return {
    factors,
    linear: (x, weight, bias) => lowRankLinear(x, weight, bias, factors),
    statistics: (x, mask) => {
      const z = mul(matmul(x, a, { transposeB: true }), mask) // (rows, width)
      return new Map([[gramName(module.name), matmul(z, z, { transposeA: true })]]) // (width, width)
    },
  }
}

/** 1 where row and column are of one head. */
function blockMask(heads: number, rank: number): Float32Array {
  const width = heads * rank
  return Float32Array.from({ length: width * width }, (_, i) =>
    Math.floor(Math.floor(i / width) / rank) === Math.floor((i % width) / rank) ? 1 : 0,
  )
}

function ravanGrams(
  { heads, rank }: RavanSpec,
  module: TargetModule,
  sums: ReadonlyMap<string, Float64Array>,
  trained: readonly number[] | 'all',
): TensorMap {
  const name = gramName(module.name)
  const sum = sums.get(name)
  if (sum === undefined) return new Map()
  const width = heads * rank
  if (trained === 'all') {
    const data = packBlocks(sum, width, width, [0])
    return new Map([[name, { shape: [data.length], data }]])
  }
  const data = packBlocks(sum, width, rank, trained)
  return new Map([[name, { shape: [trained.length, data.length / trained.length], data }]])
}
