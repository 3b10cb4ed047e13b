import { PeermergeError } from '../../errors.ts'
import { createRandom } from '../../merge/index.ts'
import type { HeadBudget } from '../types.ts'
import type { ModuleAdapter, ParameterRange, Parameters } from './adapter.ts'

/** Parts of each module's adapter that are trained, ascending; everything where a module's kind has no parts. */
export type PartChoice = ReadonlyMap<string, readonly number[]>

/** Slopes of the loss on one batch, by parameter; asked for only where they decide. */
export type Slopes = () => Promise<Parameters>

/** Every part of every module. */
export function allParts(adapters: readonly ModuleAdapter[]): PartChoice {
  return new Map(adapters.map(({ module, parts }) => [module.name, [...parts.keys()]]))
}

/**
 * The parts that a site trains with its budget: at every module the `count` with the highest score.
 *
 *   random     in an order drawn from the seed
 *   weight     ‖s_h H_h‖_F at the start of training
 *   gradient   ‖∂L/∂(s_h H_h)‖_F at the start of training, on one batch, the other heads fixed
 *
 * Ties are broken by the seeded order, so that sites do not all take the first heads when all scores are 0.
 *
 * @throws PeermergeError ERR_TRAIN_OPTIONS - the adapter has no heads, or fewer
 * @see Ravan, NeurIPS 2025
 */
export async function chooseParts(
  adapters: readonly ModuleAdapter[],
  { count, score }: HeadBudget,
  seed: string,
  values: Parameters,
  slopes: Slopes,
): Promise<PartChoice> {
  for (const { parts } of adapters) checkBudget(count, parts.length)
  const scored = score === 'random' ? undefined : score === 'weight' ? values : await slopes()
  return new Map(adapters.map((adapter) => [adapter.module.name, choose(adapter, count, seed, scored)]))
}

function choose(
  { module, parts }: ModuleAdapter,
  count: number,
  seed: string,
  scored: Parameters | undefined,
): number[] {
  const drawn = createRandom(`${seed}/heads/${module.name}`).shuffle([...parts.keys()])
  const scores = parts.map(({ weighed }) => (scored === undefined ? 0 : squaredNorm(scored, weighed)))
  const ranked = drawn.sort((a, b) => scores[b]! - scores[a]!) // stable: ties stay as drawn
  return ranked.slice(0, count).sort((a, b) => a - b)
}

/** Frobenius norm, squared; in float64. */
function squaredNorm(values: Parameters, { parameter, from, to }: ParameterRange): number {
  let sum = 0
  for (const value of values.get(parameter)!.subarray(from, to)) sum += value * value
  return sum
}

function checkBudget(count: number, parts: number): void {
  if (Number.isInteger(count) && count >= 1 && count <= parts) return
  const expected = parts === 0 ? 'nothing, this adapter has no heads' : `a whole number from 1 to ${parts}`
  const text = `training option heads.count: expected ${expected}, got ${String(count)}`
  throw new PeermergeError('ERR_TRAIN_OPTIONS', text, { option: 'heads.count', value: count, heads: parts })
}
