import { openRuntime } from '../../src/training/runtime/open-runtime.ts'

/** Why this machine cannot compute with WebGPU, or false where it can. */
export async function webgpuMissing(): Promise<string | false> {
  try {
    await openRuntime('onnx-webgpu')
    return false
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_DEVICE_MISSING') throw error
    return (error as Error).message
  }
}
