import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { assertProvider, deviceFailure } from '../../../../src/training/runtime/onnx/device.ts'
import type { OnnxModule } from '../../../../src/training/runtime/onnx/load-onnx.ts'
import { loadOnnx } from '../../../../src/training/runtime/onnx/load-onnx.ts'

const NO_ADAPTER = new Error(
  '/onnxruntime_src/webgpu_context.cc:136 Initialize() adapter_result.status == Success was false. ' +
    'Failed to get a WebGPU adapter: No supported adapters\n',
)

describe('a device that is not there', () => {
  it('is named, with what came and what to do', () => {
    const error = deviceFailure('webgpu', NO_ADAPTER) as Error & { cause: unknown; code: string }
    assert.equal(error.code, 'ERR_DEVICE_MISSING')
    assert.match(error.message, /^runtime onnx-webgpu: expected a GPU for WebGPU, got none/)
    assert.match(error.message, /\(ONNX Runtime: No supported adapters\).*choose the runtime onnx$/)
    assert.equal(error.cause, NO_ADAPTER)
  })

  it('does not explain failures of another kind, nor those of the CPU', () => {
    const other = new Error('Load model failed: unknown operator')
    assert.equal(deviceFailure('webgpu', other), other)
    assert.equal(deviceFailure('cpu', NO_ADAPTER), NO_ADAPTER)
  })

  it('is missed before a session is made where the library has no provider for it', async () => {
    const bare = { listSupportedBackends: () => [{ name: 'cpu', bundled: true }] } as unknown as OnnxModule
    assert.throws(() => assertProvider(bare, 'webgpu'), {
      code: 'ERR_DEVICE_MISSING',
      message: /expected a WebGPU provider in onnxruntime-node, got cpu; /,
    })
    assert.doesNotThrow(() => assertProvider(bare, 'cpu'))
    const onnx = await loadOnnx()
    assert.doesNotThrow(() => assertProvider(onnx, 'cpu'))
  })
})
