import { frozenName } from '../adapters/frozen-factors.ts'
import { keptFactors } from '../adapters/kept-factors.ts'
import { loraScale } from '../adapters/adapter-lora.ts'
import { matmul, matrixFromTensor, transpose, zeros } from '../linear/matrix.ts'
import type { AdapterSpec, Matrix, TargetModule, TensorMap } from '../types.ts'

/** What an adapter adds to a layer, left (out, k) · right (k, in). */
export interface FactoredDelta {
  readonly left: Matrix
  readonly right: Matrix
}

/** The delta of one module in a state of this adapter, its scale in `left`. */
export function factoredDelta(spec: AdapterSpec, module: TargetModule, state: TensorMap): FactoredDelta {
  const get = (part: string, rows: number, cols: number): Matrix => {
    const name = `adapter/${module.name}/${part}`
    const tensor = state.get(name) ?? keptFactors(spec, module).get(frozenName(module.name, part))!
    return matrixFromTensor(name, tensor, rows, cols)
  }
  if (spec.kind === 'lora') {
    const { rank } = spec
    const left = get('lora_B', module.out, rank)
    return { left: scaled(left, loraScale(spec)), right: get('lora_A', rank, module.in) }
  }
  const { heads, rank } = spec
  const cores = zeros(heads * rank, heads * rank)
  for (let head = 0; head < heads; head++) writeBlock(cores, get(`head.${head}`, rank, rank), head * rank)
  const left = matmul(get('B', module.out, heads * rank), cores)
  return { left: scaled(left, spec.alpha), right: get('A', heads * rank, module.in) }
}

/**
 * a − b, without cancellation where they share a factor:  PQ − P'Q' = [P − P' | P'] [Q; Q − Q'],  or [P | −P'] [Q; Q'] where they differ
 * in rank.
 */
export function deltaDifference(a: FactoredDelta, b: FactoredDelta): FactoredDelta {
  if (a.left.cols !== b.left.cols) {
    return { left: beside(a.left, scaled(b.left, -1)), right: above(a.right, b.right) }
  }
  return {
    left: beside(minus(a.left, b.left), b.left),
    right: above(a.right, minus(a.right, b.right)),
  }
}

/** ‖left · right‖²_F = tr((leftᵀleft)(right rightᵀ)), without the product. Cost: k²·(in + out). */
export function squaredNorm({ left, right }: FactoredDelta): number {
  const inner = matmul(transpose(left), left)
  const outer = matmul(right, transpose(right))
  let sum = 0
  for (let i = 0; i < inner.data.length; i++) sum += inner.data[i]! * outer.data[i]!
  return Math.max(0, sum)
}

export function scaled(matrix: Matrix, factor: number): Matrix {
  return { ...matrix, data: matrix.data.map((value) => factor * value) }
}

export function minus(a: Matrix, b: Matrix): Matrix {
  return { ...a, data: a.data.map((value, i) => value - b.data[i]!) }
}

function beside(a: Matrix, b: Matrix): Matrix {
  return transpose(above(transpose(a), transpose(b)))
}

function above(a: Matrix, b: Matrix): Matrix {
  const result = zeros(a.rows + b.rows, a.cols)
  result.data.set(a.data)
  result.data.set(b.data, a.data.length)
  return result
}

function writeBlock(target: Matrix, block: Matrix, at: number): void {
  for (let i = 0; i < block.rows; i++) {
    const row = block.data.subarray(i * block.cols, (i + 1) * block.cols)
    target.data.set(row, (at + i) * target.cols + at)
  }
}
