import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as g from '../../../../src/training/graph/index.ts'
import { describeRuntimes, loadRuntime } from '../../../../src/training/runtime/registry.ts'

it('every runtime described as available computes', async () => {
  const descriptions = await describeRuntimes()
  assert.deepEqual(
    descriptions.map(({ name }) => name),
    ['onnx', 'tfjs'],
  )
  for (const { name, isAvailable, detail } of descriptions) {
    assert.ok(isAvailable, detail)
    assert.match(detail, /\d+\.\d+\.\d+/)
    const runtime = await loadRuntime(name)
    assert.equal(runtime.name, name)
    const executable = await runtime.compile({ y: g.scaled(g.input('x', [2]), 1.5) })
    const { y } = await executable.run({ x: Float32Array.of(3, -5) })
    assert.deepEqual(y!.data, Float32Array.of(4.5, -7.5))
    await executable.dispose()
  }
})
