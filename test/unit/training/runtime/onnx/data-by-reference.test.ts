import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as g from '../../../../../src/training/graph/index.ts'
import { dataByReference } from '../../../../../src/training/runtime/onnx/data-by-reference.ts'
import { onnxModel } from '../../../../../src/training/runtime/onnx/onnx-model.ts'
import { onnxRuntime } from '../../../../../src/training/runtime/onnx/runtime.ts'
import { programOf } from '../../../../../src/training/runtime/program.ts'
import { assertClose } from '../../../../helpers/assert-close.ts'
import { floats, integers, uniform } from '../../../../helpers/random-data.ts'
import { evaluateInDoubles } from '../../../../helpers/reference-evaluator.ts'

const random = uniform(23)
const table = g.constant(floats(700 * 96, random), [700, 96], 'table')
const adapted = g.constant(floats(200 * 96, random), [200, 96], 'adapted')
const product = g.constant(floats(150 * 200, random), [150, 200], 'product')
const small = g.constant(floats(150, random), [150], 'small')

const indices = g.input('i', [7], 'i32')
const [a, b] = [g.input('a', [2, 96]), g.input('b', [200, 2])]
const hidden = g.lowRankLinear(g.gather(table, indices), adapted, undefined, { a, b, scale: 0.5 })
const result = g.linear(hidden, product, small)
const feeds = { i: integers(7, random, 700), a: floats(192, random), b: floats(400, random) }

it('large frozen data that no product reads directly is fed, everything else stays in the model', () => {
  const whole = onnxModel(programOf({ result }))
  const { model, fed } = dataByReference(whole)
  const lengths = fed.map(({ bytes }) => bytes.length).sort((left, right) => left - right)
  assert.deepEqual(lengths, [4 * 200 * 96, 4 * 700 * 96])
  assert.equal(model.initializers.length, whole.initializers.length - 2)
  assert.ok(model.initializers.some(({ bytes }) => bytes.length === 4 * 150 * 200))
})

it('data that is fed gives the right result, in two sessions at once', async () => {
  const [expected] = evaluateInDoubles([result], feeds)
  const sessions = [
    await onnxRuntime().compile({ result }),
    await onnxRuntime().compile({ result: g.scaled(result, 2) }),
  ]
  for (const factor of [1, 2, 1]) {
    const { result: actual } = await sessions[factor - 1]!.run(feeds)
    assertClose(
      actual!.data,
      expected!.data.map((entry) => factor * entry),
      1e-5,
      `times ${factor}`,
    )
  }
  for (const session of sessions) await session.dispose()
})
