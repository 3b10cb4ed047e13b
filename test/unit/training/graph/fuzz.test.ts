import { describe, it } from 'node:test'
import * as g from '../../../../src/training/graph/index.ts'
import { assertClose } from '../../../helpers/assert-close.ts'
import { centralDifferences } from '../../../helpers/central-differences.ts'
import { uniform } from '../../../helpers/random-data.ts'
import { randomGraph } from '../../../helpers/random-graph.ts'
import { evaluateInDoubles } from '../../../helpers/reference-evaluator.ts'
import { runtimesUnderTest } from '../../../helpers/runtimes.ts'

const GRAPHS = 60
const OPERATORS = 12
// Rounding of f32 (and 1.5e-7 of erf in tfjs) through up to twelve operators whose numbers are of the order of 1.
const RUNTIME_TOLERANCE = 2e-4
const SLOPE_TOLERANCE = 1e-6

const runtimes = await runtimesUnderTest()

describe('random graphs', () => {
  for (let seed = 1; seed <= GRAPHS; seed++) {
    it(`seed ${seed}`, async () => {
      const { inputs, feeds, result } = randomGraph(uniform(seed), OPERATORS)
      const values = [result, ...g.gradients(result, inputs)]
      const expected = evaluateInDoubles(values, feeds)
      inputs.forEach((input, i) => {
        const measured = centralDifferences(result, feeds, input.name!)
        assertClose(expected[i + 1]!.data, measured, SLOPE_TOLERANCE, `slope by ${input.name!}`)
      })
      const outputs = Object.fromEntries(values.map((value, i) => [String(i), value]))
      const needed = await Promise.all(runtimes.map((runtime) => runtime.compile(outputs, { threads: 1 })))
      for (const [i, executable] of needed.entries()) {
        const actual = await executable.run(feedsOf(values, feeds))
        expected.forEach(({ data }, k) =>
          assertClose(actual[String(k)]!.data, data, RUNTIME_TOLERANCE, `${runtimes[i]!.name}, output ${k}`),
        )
        await executable.dispose()
      }
    })
  }
})

/** Only the inputs that the graph reads may be fed. */
function feedsOf(
  values: readonly g.Value[],
  feeds: Record<string, Float32Array>,
): Record<string, Float32Array> {
  const read = new Set(inputNames(values))
  return Object.fromEntries(Object.entries(feeds).filter(([name]) => read.has(name)))
}

function inputNames(values: readonly g.Value[], seen = new Set<g.Value>()): string[] {
  return values.flatMap((value) => {
    if (seen.has(value)) return []
    seen.add(value)
    return value.op === 'input' ? [value.name!] : inputNames(value.inputs, seen)
  })
}
