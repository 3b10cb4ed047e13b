import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as tf from '@tensorflow/tfjs-core'
import * as g from '../../../../src/training/graph/index.ts'
import { tfjsRuntime } from '../../../../src/training/runtime/tfjs/runtime.ts'
import { runtimesUnderTest } from '../../../helpers/runtimes.ts'

const x = g.input('x', [2, 3])
const feed = Float32Array.of(1.5, -2, 3.25, 0.5, 7, -1)

for (const runtime of await runtimesUnderTest()) {
  describe(`runtime ${runtime.name}`, () => {
    it('returns an input, a constant and one Value under two names', async () => {
      const doubled = g.scaled(x, 2)
      const executable = await runtime.compile({
        same: x,
        frozen: g.constant(Float32Array.of(5, 6, 7), [3]),
        filled: g.fill([2], 0.25),
        doubled,
        again: doubled,
      })
      const results = await executable.run({ x: feed })
      assert.deepEqual(results['same'], { shape: [2, 3], data: feed })
      assert.deepEqual(results['frozen'], { shape: [3], data: Float32Array.of(5, 6, 7) })
      assert.deepEqual(results['filled'], { shape: [2], data: Float32Array.of(0.25, 0.25) })
      assert.deepEqual(
        results['doubled']!.data,
        feed.map((entry) => 2 * entry),
      )
      assert.deepEqual(results['again'], results['doubled'])
      await executable.dispose()
    })

    it('leaves earlier results and feeds alone', async () => {
      const executable = await runtime.compile({ y: g.scaled(x, 3), x })
      const first = await executable.run({ x: feed })
      const second = await executable.run({ x: new Float32Array(6).fill(2) })
      first['x']!.data.fill(9)
      assert.deepEqual(
        first['y']!.data,
        feed.map((entry) => 3 * entry),
      )
      assert.deepEqual(second['y']!.data, new Float32Array(6).fill(6))
      assert.equal(feed[0], 1.5)
      await executable.dispose()
    })

    it('refuses wrong feeds and then works', async () => {
      const labels = g.input('labels', [2], 'i32')
      const executable = await runtime.compile({ loss: g.crossEntropy(x, labels) })
      const right = { x: feed, labels: Int32Array.of(2, 0) }
      for (const [feeds, message] of [
        [{ x: feed }, /input labels: expected i32 × 2, got nothing/],
        [{ ...right, x: new Float32Array(5) }, /input x: expected f32 × 6, got f32 × 5/],
        [{ ...right, labels: Float32Array.of(2, 0) }, /input labels: expected i32 × 2, got f32 × 2/],
        [{ ...right, y: feed }, /input y: expected one of labels, x, got an unknown name/],
      ] as const) {
        await assert.rejects(executable.run(feeds), { code: 'ERR_FEED', message })
      }
      const { loss } = await executable.run(right)
      assert.ok(Number.isFinite(loss!.data[0]))
      await executable.dispose()
    })

    it('refuses two inputs of one name and integer outputs', async () => {
      await assert.rejects(runtime.compile({ y: g.add(x, g.input('x', [3])) }), { code: 'ERR_INPUT_NAME' })
      await assert.rejects(runtime.compile({ y: g.greater(x, x) }), { code: 'ERR_DTYPE' })
    })

    it('stops before a run when aborted', async () => {
      const executable = await runtime.compile({ y: g.exp(x) })
      const signal = AbortSignal.abort(new Error('enough'))
      await assert.rejects(executable.run({ x: feed }, { signal }), /enough/)
      await executable.dispose()
    })

    it('is disposed once and refuses to run afterwards', async () => {
      const executable = await runtime.compile({ y: g.exp(x) })
      await executable.dispose()
      await executable.dispose()
      await assert.rejects(executable.run({ x: feed }), { code: 'ERR_DISPOSED' })
    })

    const isOnGpu = runtime.name === 'onnx-webgpu' && 'a GPU does not notice'
    it('reports an index outside of the table', { skip: isOnGpu }, async () => {
      const indices = g.input('i', [2], 'i32')
      const executable = await runtime.compile({ y: g.gather(x, indices) })
      await assert.rejects(executable.run({ x: feed, i: Int32Array.of(0, 2) }))
      const { y } = await executable.run({ x: feed, i: Int32Array.of(1, 1) })
      assert.deepEqual(y!.data, Float32Array.of(0.5, 7, -1, 0.5, 7, -1))
      await executable.dispose()
    })
  })
}

describe('runtime tfjs', () => {
  it('frees every tensor, also after a failed run', async () => {
    const before = tf.memory().numTensors
    const rows = g.gather(g.add(x, g.constant(feed, [2, 3])), g.input('i', [1], 'i32'))
    const [slope] = g.gradients(g.sum(g.gelu(rows)), [x])
    const executable = await tfjsRuntime({ backend: 'cpu' }).compile({ slope: slope!, rows })
    for (let i = 0; i < 3; i++) await executable.run({ x: feed, i: Int32Array.of(1) })
    await assert.rejects(executable.run({ x: feed, i: Int32Array.of(5) }))
    await executable.dispose()
    assert.equal(tf.memory().numTensors, before)
  })
})
