import { moduleCost, type MergeSpec } from '../merge/index.ts'

/**
 * Products worth a thread of their own: about half a second of the kernel, several times what starting a thread and opening all
 * contributions again take.
 */
const PRODUCTS_PER_THREAD = 1e9

/**
 * Which modules each thread merges, by name: the most costly one goes to whoever has least to do so far. One share where the work
 * is small.
 */
export function shareModules(
  spec: MergeSpec,
  contributions: number,
  threads: number,
  productsPerThread = PRODUCTS_PER_THREAD,
): readonly string[][] {
  const costs = spec.modules.map((module) => ({
    name: module.name,
    cost: moduleCost(spec, module, contributions),
  }))
  const total = costs.reduce((sum, { cost }) => sum + cost, 0)
  const count = Math.max(1, Math.min(threads, costs.length, Math.floor(total / productsPerThread)))
  const shares = Array.from({ length: count }, () => ({ names: [] as string[], cost: 0 }))
  for (const { name, cost } of costs.sort((a, b) => b.cost - a.cost)) {
    const least = shares.reduce((best, share) => (share.cost < best.cost ? share : best))
    least.names.push(name)
    least.cost += cost
  }
  return shares.map(({ names }) => names)
}
