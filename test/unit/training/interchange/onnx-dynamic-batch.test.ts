import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import * as g from '../../../../src/training/graph/index.ts'
import type { Value } from '../../../../src/training/graph/index.ts'
import { withDynamicBatch } from '../../../../src/training/interchange/onnx-dynamic-batch.ts'
import { modelProto } from '../../../../src/training/runtime/onnx/model-proto.ts'
import type { OnnxModel } from '../../../../src/training/runtime/onnx/model-proto.ts'
import { onnxModel } from '../../../../src/training/runtime/onnx/onnx-model.ts'
import { programOf } from '../../../../src/training/runtime/program.ts'
import { assertClose } from '../../../helpers/assert-close.ts'
import { floats, uniform } from '../../../helpers/random-data.ts'
import { evaluateInDoubles } from '../../../helpers/reference-evaluator.ts'

const random = uniform(3)
const weights = g.constant(floats(12, random), [4, 3])
const token = g.constant(floats(3, random), [1, 1, 3])
const all = g.constant(floats(1200, random), [1200])

type Build = (x: Value, size: number) => Value

/** What is fed is (size, 5, 3). */
function modelOf(build: Build): (size: number) => OnnxModel {
  return (size) => onnxModel(programOf({ y: build(g.input('x', [size, 5, 3]), size) }), 'standard')
}

const graphs: readonly (readonly [what: string, build: Build])[] = [
  ['reshapes', (x, size) => g.reshape(g.linear(g.reshape(x, [size * 5, 3]), weights), [size, 20])],
  [
    'a slice of an axis that is longer than the batch',
    (x, size) => g.sliceAxis(g.concat([g.broadcastTo(token, [size + 2, 5, 3]), x], 0), 0, size, 2 * size),
  ],
  ['a stretched token', (x, size) => g.concat([g.broadcastTo(token, [size, 1, 3]), x], 1)],
  [
    'two axes that move',
    (x, size) => g.matmul(g.reshape(x, [size, 15]), g.reshape(x, [size, 15]), { transposeB: true }),
  ],
  ['a reshape with two axes that move', (x, size) => g.reshape(outer(x, size), [size, 5, size, 5])],
  ['a slice up to the batch', (x, size) => g.mul(g.sliceAxis(all, 0, 3, size + 3), g.sum(x, [1, 2]))],
]

/** (size · 5, size · 5) */
function outer(x: Value, size: number): Value {
  const rows = g.reshape(x, [size * 5, 3])
  return g.matmul(rows, rows, { transposeB: true })
}

describe('one ONNX model for every batch', () => {
  for (const [what, build] of graphs) {
    it(`has ${what}`, async () => {
      const model = withDynamicBatch(modelOf(build))
      const initializers = model.initializers.map((tensor) => ({ ...tensor, external: false }))
      const session = await InferenceSession.create(modelProto({ ...model, initializers }))
      for (const size of [1, 2, 6]) {
        const x = floats(size * 15, uniform(size))
        const [expected] = evaluateInDoubles([build(g.input('x', [size, 5, 3]), size)], { x })
        const results = await session.run({ 'in:x': new Tensor('float32', x, [size, 5, 3]) })
        assert.deepEqual(results['out:y']!.dims, expected!.shape)
        assertClose(results['out:y']!.data as Float32Array, expected!.data, 1e-5, `batch ${size}`)
      }
      await session.release()
    })
  }

  for (const [what, build] of [
    ['a mean over the batch', (x) => g.mean(x, [0])],
    [
      'data of the length of the batch',
      (x, size) => g.add(x, g.constant(new Float32Array(size).fill(0.5), [size, 1, 1])),
    ],
    [
      'a shape that grows with the square of the batch',
      (x, size) => g.reshape(outer(x, size), [25 * size * size]),
    ],
    ['another operator for large batches', (x, size) => (size > 1010 ? g.exp(x) : g.tanh(x))],
    ['more operators for large batches', (x, size) => (size > 1010 ? g.exp(g.exp(x)) : g.exp(x))],
  ] as readonly (readonly [string, Build])[]) {
    it(`is refused for ${what}`, () => {
      assert.throws(() => withDynamicBatch(modelOf(build)), { code: 'ERR_BATCH_DEPENDENT' })
    })
  }
})
