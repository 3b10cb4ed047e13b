import { createRandom } from '../../merge/index.ts'
import type { TargetModule, Tensor, TensorMap } from '../../merge/index.ts'
import { add, linear, matmul, mul, scaled, sliceAxis, softmax } from '../graph/index.ts'
import type { LowRank, Value } from '../graph/index.ts'
import type { MixtureSpec } from '../types.ts'
import type { AttachedAdapter, AttachedLowRank, LowRankAdapter, ModuleAdapter, Parameter } from './adapter.ts'
import { wireTensor } from './wire-tensor.ts'

/** Names of what a mixture has besides the site's own adapter. None of them travels. */
export const mixerName = (module: string): string => `mixer/${module}`
export const restAName = (module: string): string => `rest/${module}/lora_A`
export const restBName = (module: string): string => `rest/${module}/lora_B`

/** Columns of the mixer's shares. */
const REST = 0
const OWN = 1

/**
 * A site's own adapter beside one of the rest of the world, by shares that depend on the input.
 *
 *   delta(x) = g_R(x) · (x A_Rᵀ) B_Rᵀ + g_L(x) · delta_L(x)          (g_R, g_L) = softmax(x Gᵀ), row by row
 *
 * Shapes: x (rows, in), G (2, in), A_R (rest rank, in), B_R (out, rest rank). The rest's scale is within B_R.
 * Start: the own adapter as it starts, G uniform in ± 1/√in of the site's seed, the rest 0. Trained: the own adapter and G; the rest is given.
 * Grams are those of the own adapter, of the inputs as they are here.
 *
 * @see FedALT, AAAI 2026; arXiv:2503.11880
 */
export function mixtureAdapter(
  { restRank, seed }: Pick<MixtureSpec, 'restRank' | 'seed'>,
  module: TargetModule,
  own: LowRankAdapter,
): ModuleAdapter {
  const { name } = module
  const mixer: Parameter = { name: mixerName(name), shape: [2, module.in] }
  const restA: Parameter = { name: restAName(name), shape: [restRank, module.in] }
  const restB: Parameter = { name: restBName(name), shape: [module.out, restRank] }
  const added = [mixer, restA, restB]
  const startOf = (parameter: Parameter): Float32Array =>
    parameter === mixer
      ? startMixer(module, seed)
      : new Float32Array(parameter.shape[0]! * parameter.shape[1]!)
  return {
    module,
    parts: own.parts,
    parameters: [...own.parameters, ...added],
    given: [restA.name, restB.name],
    start: (wire) =>
      new Map([
        ...own.start(wire),
        ...added.map((one) => [one.name, givenOf(wire, one)?.data.slice() ?? startOf(one)] as const),
      ]),
    wire: (values) =>
      new Map([
        ...own.wire(values),
        ...added.map((one) => [one.name, { shape: one.shape, data: values.get(one.name)!.slice() }] as const),
      ]),
    attach: (parameter) => {
      const rest = { a: parameter(restA.name), b: parameter(restB.name), scale: 1 }
      return attachMixture(parameter(mixer.name), rest, own.attach(parameter))
    },
    grams: (sums, parts, projection) => own.grams(sums, parts, projection),
  }
}

/** Of a state of the own adapter alone, what the mixture adds starts anew. */
function givenOf(wire: TensorMap | null, { name, shape }: Parameter): Tensor | undefined {
  return wire?.has(name) === true ? wireTensor(wire, name, shape) : undefined
}

function startMixer({ name, in: width }: TargetModule, seed: string): Float32Array {
  const random = createRandom(`${seed}/mixer/${name}`)
  const bound = 1 / Math.sqrt(width)
  return Float32Array.from({ length: 2 * width }, () => (2 * random.uniform() - 1) * bound)
}

function attachMixture(mixer: Value, rest: LowRank, own: AttachedLowRank): AttachedAdapter {
  return {
    linear: (x, weight, bias) => {
      const shares = mixerShares(x, mixer)
      const mixed = add(
        mul(column(shares, REST), deltaOf(x, rest)),
        mul(column(shares, OWN), deltaOf(x, own.factors)),
      )
      return add(linear(x, weight, bias), mixed)
    },
    statistics: (x, mask, aStays) => own.statistics(x, mask, aStays),
  }
}

/** How far each row trusts the rest of the world, and itself: softmax(x Gᵀ). (rows, 2) */
export function mixerShares(x: Value, mixer: Value): Value {
  return softmax(matmul(x, mixer, { transposeB: true }))
}

function column(shares: Value, at: number): Value {
  return sliceAxis(shares, 1, at, at + 1)
}

function deltaOf(x: Value, { a, b, scale }: LowRank): Value {
  return scaled(matmul(matmul(x, a, { transposeB: true }), b, { transposeB: true }), scale)
}
