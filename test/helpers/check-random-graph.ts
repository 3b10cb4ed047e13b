import * as g from '../../src/training/graph/index.ts'
import type { Operator, Value } from '../../src/training/graph/index.ts'
import { computedInputs, topologicalOrder } from '../../src/training/graph/topological-order.ts'
import type { Runtime } from '../../src/training/runtime/runtime.ts'
import { assertClose } from './assert-close.ts'
import { centralDifferences } from './central-differences.ts'
import { uniform } from './random-data.ts'
import { randomGraph } from './random-graph.ts'
import { evaluateInDoubles } from './reference-evaluator.ts'
import type { DoubleFeeds } from './reference-evaluator.ts'

/** Rounding of f32 (and 1.5e-7 of erf in tfjs) through as many operators as a graph has, whose numbers are of the order of 1. */
const RUNTIME_TOLERANCE = 2e-4
const SLOPE_TOLERANCE = 1e-6
/** Sums of numbers of the order of 1 may cancel; their rounding does not. */
const FLOOR = 0.1

/** `PEERMERGE_FUZZ_SEED=7` checks that graph alone, as a failure says. */
export function seedsToCheck(count: number): readonly number[] {
  const one = process.env['PEERMERGE_FUZZ_SEED']
  return one === undefined ? Array.from({ length: count }, (_, i) => i + 1) : [Number(one)]
}

/**
 * Checks one random graph: its derivatives against central differences in doubles, its value and derivatives on every runtime
 * against doubles. A failure shows the graph and how to get it again.
 */
export async function checkRandomGraph(
  seed: number,
  operators: number,
  runtimes: readonly Runtime[],
): Promise<ReadonlySet<Operator>> {
  const { inputs, feeds, result } = randomGraph(uniform(seed), operators)
  const values = [result, ...g.gradients(result, inputs)]
  try {
    const expected = evaluateInDoubles(values, feeds)
    inputs.forEach((input, i) => checkSlope(expected[i + 1]!.data, result, feeds, input.name!))
    const outputs = Object.fromEntries(values.map((value, i) => [String(i), value]))
    for (const runtime of runtimes) {
      const executable = await runtime.compile(outputs, { threads: 1 })
      const actual = await executable.run(feedsOf(values, feeds))
      expected.forEach(({ data }, k) =>
        assertClose(actual[String(k)]!.data, data, RUNTIME_TOLERANCE, `${runtime.name}, output ${k}`, FLOOR),
      )
      await executable.dispose()
    }
  } catch (cause) {
    const again = `PEERMERGE_FUZZ_SEED=${seed} runs this graph alone`
    throw new Error(`seed ${seed}: ${String(cause)}\n${again}:\n${listing(result)}`, { cause })
  }
  return new Set(topologicalOrder([result], computedInputs).map(({ op }) => op))
}

/** A step across a kink (relu, max) measures neither of its sides; one of a thirtieth is then not across it, but for a rare few. */
function checkSlope(slope: Float64Array, result: Value, feeds: DoubleFeeds, input: string): void {
  const check = (step: number): void => {
    const measured = centralDifferences(result, feeds, input, step)
    assertClose(slope, measured, SLOPE_TOLERANCE, `slope by ${input}`, FLOOR)
  }
  try {
    check(1e-5)
  } catch {
    check(3e-7)
  }
}

/** Only the inputs that the graph reads may be fed. */
function feedsOf<T>(values: readonly Value[], feeds: Record<string, T>): Record<string, T> {
  const read = new Set(topologicalOrder(values, computedInputs).flatMap(({ name = '' }) => name))
  return Object.fromEntries(Object.entries(feeds).filter(([name]) => read.has(name)))
}

/** One line a Value, in the order of execution. */
function listing(result: Value): string {
  const order = topologicalOrder([result], computedInputs)
  const numbers = new Map(order.map((value, i) => [value, i]))
  return order
    .map((value, i) => {
      const inputs = computedInputs(value).map((input) => `%${numbers.get(input)!}`)
      const attributes = value.op === 'constant' ? '' : JSON.stringify(value.attributes)
      return `%${i} = ${value.op}(${inputs.join(', ')}) [${value.shape.join(', ')}] ${attributes}`
    })
    .join('\n')
}
