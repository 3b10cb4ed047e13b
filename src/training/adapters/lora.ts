import { frozenFactors, gramName, loraAName, loraBName, loraScale } from '../../merge/index.ts'
import type { LoraSpec, TargetModule, Tensor, TensorMap } from '../../merge/index.ts'
import { constant, lowRankLinear, matmul, mul } from '../graph/index.ts'
import type { Value } from '../graph/index.ts'
import type { AttachedAdapter, ModuleAdapter, Parameters } from './adapter.ts'
import { assertSameFactor, packBlocks, wireTensor } from './wire-tensor.ts'

/**
 * LoRA on one linear layer.
 *
 *   delta(x) = scale · (x Aᵀ) Bᵀ               start: A of the charter's seed, B = 0; scale = alpha / rank, or alpha / √rank
 *   S = A G Aᵀ = (X Aᵀ)ᵀ (X Aᵀ)                G = XᵀX over all rows, only where A is frozen
 *
 * Shapes: x (rows, in), A (rank, in), B (out, rank), S (rank, rank).
 *
 * @see Hu et al., arXiv:2106.09685; S: LoRM, arXiv:2410.17961
 */
export function loraAdapter(spec: LoraSpec, module: TargetModule): ModuleAdapter {
  const names = { a: loraAName(module.name), b: loraBName(module.name) }
  const trainsA = spec.trains === 'AB'
  const frozen = frozenFactors(spec, [module]).get(`frozen/${module.name}/lora_A`)!
  const shapeB = [module.out, spec.rank]
  return {
    module,
    parts: [],
    parameters: [
      ...(trainsA ? [{ name: names.a, shape: frozen.shape }] : []),
      { name: names.b, shape: shapeB },
    ],
    start: (wire) => {
      const values = new Map<string, Float32Array>()
      if (trainsA) values.set(names.a, (wire ? wireTensor(wire, names.a, frozen.shape) : frozen).data.slice())
      const b = wire
        ? wireTensor(wire, names.b, shapeB).data.slice()
        : new Float32Array(module.out * spec.rank)
      return values.set(names.b, b)
    },
    wire: (values) =>
      loraWire(values, [...(trainsA ? [[names.a, frozen.shape] as const] : []), [names.b, shapeB]]),
    attach: (parameter) => {
      const a = trainsA ? parameter(names.a) : constant(frozen.data, frozen.shape, names.a)
      return attachLora(spec, a, parameter(names.b), trainsA ? undefined : gramName(module.name))
    },
    grams: (sums) => loraGrams(module, spec.rank, sums),
    loraForm: { rank: spec.rank, alpha: spec.alpha, scaling: spec.scaling ?? 'standard' },
    toLora: (wire) => ({
      a: trainsA ? wireTensor(wire, names.a, frozen.shape) : frozen,
      b: wireTensor(wire, names.b, shapeB),
    }),
    fromLora: ({ a, b }) => {
      if (!trainsA) assertSameFactor(module.name, 'A', a, frozen)
      return new Map([...(trainsA ? [[names.a, a] as const] : []), [names.b, b]])
    },
  }
}

function loraWire(values: Parameters, shapes: readonly (readonly [string, readonly number[]])[]): TensorMap {
  return new Map(
    shapes.map(([name, shape]): [string, Tensor] => [name, { shape, data: values.get(name)!.slice() }]),
  )
}

function attachLora(spec: LoraSpec, a: Value, b: Value, statistic: string | undefined): AttachedAdapter {
  return {
    linear: (x, weight, bias) => lowRankLinear(x, weight, bias, { a, b, scale: loraScale(spec) }),
    statistics: (x, mask) => {
      if (statistic === undefined) return new Map()
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
