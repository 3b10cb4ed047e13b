import type { Value } from '../../src/training/graph/value.ts'
import type { DoubleFeeds } from './reference-evaluator.ts'
import { evaluateInDoubles } from './reference-evaluator.ts'

/** Slopes of a scalar by every entry of one fed input, (f(x + h) − f(x − h)) / 2h in doubles; error about h². */
export function centralDifferences(
  loss: Value,
  feeds: DoubleFeeds,
  input: string,
  step = 1e-5,
): Float64Array {
  const at = Float64Array.from(feeds[input]!)
  const lossAt = (entry: number, shift: number): number => {
    const moved = at.with(entry, at[entry]! + shift)
    return evaluateInDoubles([loss], { ...feeds, [input]: moved })[0]!.data[0]!
  }
  return at.map((_, entry) => (lossAt(entry, step) - lossAt(entry, -step)) / (2 * step))
}
