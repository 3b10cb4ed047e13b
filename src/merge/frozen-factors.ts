import { digestWriter } from './digest-writer.ts'
import { MergeSpecError } from './errors.ts'
import { orthonormalizeRows } from './gram-schmidt.ts'
import { tensorFromMatrix, transpose, zeros } from './matrix.ts'
import { createRandom, type Random } from './random.ts'
import type { AdapterSpec, Matrix, TargetModule, Tensor, TensorMap } from './types.ts'

/**
 * The factors that nobody trains or sends, from the adapter's seed alone; float32, equal bits everywhere.
 *
 *   lora   `frozen/<module>/lora_A` (rank, in)       uniform in ±1/√in; for trains 'AB' the start of A
 *   ravan  `frozen/<module>/A` (heads·rank, in)      orthonormal rows; head h holds rows h·rank … (h+1)·rank − 1
 *          `frozen/<module>/B` (out, heads·rank)     orthonormal columns; head h holds the same columns
 *
 * Each factor has a generator of its own, seeded by adapter seed, module and factor: adding a module changes no other.
 * Precision: float64 by + − × ÷ and sqrt, rounded to float32 once.
 *
 * @throws MergeSpecError - ravan with heads·rank > min(in, out) of a module
 * @see kaiming_uniform(a = √5) of LoRA; Ravan's Gram–Schmidt bases
 */
export function frozenFactors(adapter: AdapterSpec, modules: readonly TargetModule[]): TensorMap {
  const result = new Map<string, Tensor>()
  for (const module of modules) {
    for (const [name, tensor] of moduleFactors(adapter, module)) result.set(name, tensor)
  }
  return result
}

/** The frozen factors of one module, as `frozenFactors`. */
export function moduleFactors(adapter: AdapterSpec, module: TargetModule): TensorMap {
  const random = (factor: string): Random =>
    createRandom(['peermerge/frozen/1', adapter.seed, module.name, factor].join('\n'))
  if (adapter.kind === 'lora') {
    const name = `frozen/${module.name}/lora_A`
    return new Map([[name, tensorFromMatrix(name, uniformMatrix(random('lora_A'), adapter.rank, module.in))]])
  }
  const width = adapter.heads * adapter.rank
  assertFits(module, width)
  const a = orthonormalizeRows(normalMatrix(random('A'), width, module.in))
  const b = transpose(orthonormalizeRows(normalMatrix(random('B'), width, module.out)))
  return new Map([
    [`frozen/${module.name}/A`, tensorFromMatrix(`frozen/${module.name}/A`, a)],
    [`frozen/${module.name}/B`, tensorFromMatrix(`frozen/${module.name}/B`, b)],
  ])
}

/** Digest of all frozen factors; contributions made with different ones cannot be merged. Computed once per adapter. */
export function frozenDigest(adapter: AdapterSpec, modules: readonly TargetModule[]): string {
  const known = digests.get(modules)
  if (known?.adapter === adapter) return known.digest
  const digest = digestWriter('peermerge/frozen/1').tensors(frozenFactors(adapter, modules)).digest()
  digests.set(modules, { adapter, digest })
  return digest
}

const digests = new WeakMap<readonly TargetModule[], { adapter: AdapterSpec; digest: string }>()

function assertFits({ name, in: inputs, out }: TargetModule, width: number): void {
  if (width <= Math.min(inputs, out)) return
  const problem = `heads times rank is ${width}, module ${name} is ${out} × ${inputs}: at most ${Math.min(inputs, out)}`
  throw new MergeSpecError('adapter', problem, { module: name, width, in: inputs, out })
}

function uniformMatrix(random: Random, rows: number, cols: number): Matrix {
  const bound = 1 / Math.sqrt(cols)
  const result = zeros(rows, cols)
  for (let i = 0; i < result.data.length; i++) result.data[i] = (2 * random.uniform() - 1) * bound
  return result
}

function normalMatrix(random: Random, rows: number, cols: number): Matrix {
  const result = zeros(rows, cols)
  for (let i = 0; i < result.data.length; i++) result.data[i] = random.normal()
  return result
}
