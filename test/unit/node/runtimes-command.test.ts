import assert from 'node:assert/strict'
import { it } from 'node:test'
import { renderRuntimes } from '../../../src/node/cli/commands/runtimes.ts'

it('runtimes that are there form a table with their speed, the others a sentence each', () => {
  const text = renderRuntimes([
    { name: 'onnx', isAvailable: true, detail: 'native', stepMs: 12.25, relative: 1 },
    {
      name: 'onnx-webgpu',
      isAvailable: false,
      detail: 'runtime onnx-webgpu: no GPU',
      stepMs: null,
      relative: null,
    },
    { name: 'tfjs-js', isAvailable: true, detail: 'slow', stepMs: 1300.4, relative: 106.16 },
  ])
  assert.match(text, /onnx \(default\).*native.*12\.3 ms.*1\.0 ×/)
  assert.match(text, /tfjs-js.*slow.*1300 ms.*106\.2 ×/)
  assert.match(text, /\n.*onnx-webgpu.* cannot be used: no GPU$/)
})
