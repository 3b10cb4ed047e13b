import { describe, it } from 'node:test'
import * as g from '../../../../src/training/graph/index.ts'
import { assertClose } from '../../../helpers/assert-close.ts'
import { centralDifferences } from '../../../helpers/central-differences.ts'
import { evaluateInDoubles } from '../../../helpers/reference-evaluator.ts'
import { runtimesUnderTest } from '../../../helpers/runtimes.ts'
import { operatorCases } from './operator-cases.ts'
import { prepareCase } from './prepare-case.ts'

// f32 against doubles: a few roundings of 6e-8 each; tfjs computes erf by a formula with an error of 1.5e-7.
const RUNTIME_TOLERANCE = 1e-5
// The derivative and the slope are both doubles; the slope errs by h² and by rounding / h.
const SLOPE_TOLERANCE = 1e-7

const runtimes = await runtimesUnderTest()

describe('every operator', () => {
  for (const operatorCase of operatorCases) {
    it(operatorCase.name, async () => {
      const { inputs, feeds, result, loss } = prepareCase(operatorCase)
      const slopes = g.gradients(loss, inputs)
      const expected = evaluateInDoubles([result, ...slopes], feeds)

      inputs.forEach((input, i) => {
        const measured = centralDifferences(loss, feeds, input.name!)
        assertClose(expected[i + 1]!.data, measured, SLOPE_TOLERANCE, `slope by ${input.name!}`)
      })

      const outputs = Object.fromEntries([result, ...slopes].map((value, i) => [String(i), value]))
      for (const runtime of runtimes) {
        const executable = await runtime.compile(outputs, { threads: 1 })
        const actual = await executable.run(feeds)
        expected.forEach(({ data }, i) => {
          assertClose(actual[String(i)]!.data, data, RUNTIME_TOLERANCE, `${runtime.name}, output ${i}`)
        })
        await executable.dispose()
      }
    })
  }
})
