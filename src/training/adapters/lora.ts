import { frozenFactors, gramName, loraAName, loraBName, loraScale } from '../../merge/index.ts'
import type { LoraSpec, TargetModule, Tensor, TensorMap } from '../../merge/index.ts'
import { constant, lowRankLinear, matmul, mul } from '../graph/index.ts'
import type { Value } from '../graph/index.ts'
import type { AttachedLowRank, LowRankAdapter, Parameters } from './adapter.ts'
import { assertSameFactor, packBlocks, wireTensor } from './wire-tensor.ts'

/** A factor on one layer: its name on the wire, its shape, and its seeded value where it has one. */
interface Factor {
  readonly name: string
  readonly shape: readonly number[]
  readonly isTrained: boolean
  /** Where it is frozen its value, where it is trained its start; undefined for a start at zero. */
  readonly seeded: Tensor | undefined
}

/**
 * LoRA on one linear layer.
 *
 *   delta(x) = scale · (x Aᵀ) Bᵀ               scale = alpha / rank, or alpha / √rank
 *   trains 'B', 'AB'                           start: A of the charter's seed, B = 0
 *   trains 'A'                                 start: B of the charter's seed, A = 0
 *   S = A G Aᵀ = (X Aᵀ)ᵀ (X Aᵀ)                G = XᵀX over all rows, only where A is frozen or stays meanwhile
 *
 * Shapes: x (rows, in), A (rank, in), B (out, rank), S (rank, rank).
 *
 * @see Hu et al., arXiv:2106.09685; S and training one factor alone: LoRM, arXiv:2410.17961
 */
export function loraAdapter(spec: LoraSpec, module: TargetModule): LowRankAdapter {
  const [a, b] = factorsOf(spec, module)
  const trained = [a, b].filter(({ isTrained }) => isTrained)
  const given = (wire: TensorMap, factor: Factor): Tensor =>
    factor.isTrained ? wireTensor(wire, factor.name, factor.shape) : factor.seeded!
  return {
    module,
    parts: [],
    parameters: trained.map(({ name, shape }) => ({ name, shape })),
    start: (wire) =>
      new Map(
        trained.map((factor) => [factor.name, (wire ? given(wire, factor) : startOf(factor)).data.slice()]),
      ),
    wire: (values) => loraWire(values, trained),
    attach: (parameter) => {
      const value = ({ name, shape, isTrained, seeded }: Factor): Value =>
        isTrained ? parameter(name) : constant(seeded!.data, shape, name)
      return attachLora(spec, value(a), value(b), gramName(module.name))
    },
    grams: (sums) => loraGrams(module, spec.rank, sums),
    loraForm: { rank: spec.rank, alpha: spec.alpha, scaling: spec.scaling ?? 'standard' },
    toLora: (wire) => ({ a: given(wire, a), b: given(wire, b) }),
    fromLora: (factors) => {
      if (!a.isTrained) assertSameFactor(module.name, 'A', factors.a, a.seeded!)
      if (!b.isTrained) assertSameFactor(module.name, 'B', factors.b, b.seeded!)
      return new Map(trained.map((factor) => [factor.name, factor === a ? factors.a : factors.b]))
    },
  }
}

function factorsOf(spec: LoraSpec, module: TargetModule): [a: Factor, b: Factor] {
  const frozen = frozenFactors(spec, [module])
  const factor = (letter: 'A' | 'B', name: string, shape: readonly number[]): Factor => {
    const seeded = frozen.get(`frozen/${module.name}/lora_${letter}`)
    return { name, shape, isTrained: spec.trains.includes(letter), seeded }
  }
  return [
    factor('A', loraAName(module.name), [spec.rank, module.in]),
    factor('B', loraBName(module.name), [module.out, spec.rank]),
  ]
}

function startOf({ shape, seeded }: Factor): Tensor {
  return seeded ?? { shape, data: new Float32Array(shape.reduce((product, size) => product * size, 1)) }
}

function loraWire(values: Parameters, trained: readonly Factor[]): TensorMap {
  return new Map(
    trained.map(({ name, shape }): [string, Tensor] => [name, { shape, data: values.get(name)!.slice() }]),
  )
}

function attachLora(spec: LoraSpec, a: Value, b: Value, statistic: string): AttachedLowRank {
  const factors = { a, b, scale: loraScale(spec) }
  return {
    factors,
    linear: (x, weight, bias) => lowRankLinear(x, weight, bias, factors),
    statistics: (x, mask, aStays) => {
      if (spec.trains !== 'B' && !aStays) return new Map()
      const z = mul(matmul(x, a, { transposeB: true }), mask) // (rows, rank)
      return new Map([[statistic, matmul(z, z, { transposeA: true })]]) // (rank, rank)
    },
  }
}

function loraGrams(module: TargetModule, rank: number, sums: ReadonlyMap<string, Float64Array>): TensorMap {
  const name = gramName(module.name)
  const sum = sums.get(name)
  if (sum === undefined) return new Map()
  const data = packBlocks(sum, rank, rank, [0])
  return new Map([[name, { shape: [data.length], data }]])
}
