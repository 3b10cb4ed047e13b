import { adapterKind } from './adapter-kinds.ts'
import { digestWriter } from '../format/digest-writer.ts'
import { MergeSpecError } from '../errors.ts'
import { tensorFromMatrix } from '../linear/matrix.ts'
import { createRandom, type Random } from '../linear/random.ts'
import type { AdapterSpec, TargetModule, Tensor, TensorMap } from '../types.ts'

/**
 * The factors that nobody trains or sends, from the adapter's seed alone; float32, equal bits everywhere.
 *
 *   lora   `frozen/<module>/lora_A` (rank, in)       for trains 'AB' the start of A
 *   ravan  `frozen/<module>/A` (heads·rank, in)      head h holds rows h·rank … (h+1)·rank − 1
 *          `frozen/<module>/B` (out, heads·rank)     head h holds the same columns
 *
 * Each factor has a generator of its own, seeded by adapter seed, module and factor: adding a module changes no other.
 * Precision: float64 by + − × ÷ and sqrt, rounded to float32 once.
 *
 * @throws MergeSpecError - the adapter spans more directions than a module has
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
  assertFits(adapter, module)
  const random = (factor: string): Random =>
    createRandom(['peermerge/frozen/1', adapter.seed, module.name, factor].join('\n'))
  const result = new Map<string, Tensor>()
  for (const [factor, matrix] of adapterKind(adapter).frozen(adapter, module, random)) {
    const name = frozenName(module.name, factor)
    result.set(name, tensorFromMatrix(name, matrix))
  }
  return result
}

/**
 * Digest of all frozen factors; contributions made with different ones cannot be merged. They cost seconds for a large model and
 * every job of a thread asks anew with a copy of the charter, so the last few digests are kept by what they are of.
 */
export function frozenDigest(adapter: AdapterSpec, modules: readonly TargetModule[]): string {
  const key = JSON.stringify([adapter, modules])
  const known = digests.get(key)
  if (known !== undefined) return known
  const digest = digestWriter('peermerge/frozen/1').tensors(frozenFactors(adapter, modules)).digest()
  if (digests.size >= KEPT_DIGESTS) digests.delete(digests.keys().next().value!)
  digests.set(key, digest)
  return digest
}

const KEPT_DIGESTS = 4
const digests = new Map<string, string>()

export const frozenName = (module: string, factor: string): string => `frozen/${module}/${factor}`

/** Whether a module has as many directions as the adapter spans. @throws MergeSpecError */
export function assertFits(adapter: AdapterSpec, { name, in: inputs, out }: TargetModule): void {
  const { name: what, width } = adapterKind(adapter).span(adapter)
  const most = Math.min(inputs, out)
  if (width <= most) return
  const problem = `${what} is ${width}, module ${name} is ${out} × ${inputs}: at most ${most}`
  throw new MergeSpecError('adapter', problem, { module: name, width, in: inputs, out })
}
