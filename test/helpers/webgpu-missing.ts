import * as g from '../../src/training/graph/index.ts'
import { openRuntime } from '../../src/training/runtime/open-runtime.ts'

/** Why this machine cannot compute with WebGPU, or false where it can. */
export async function webgpuMissing(): Promise<string | false> {
  const runtime = await openRuntime('onnx-webgpu')
  try {
    const executable = await runtime.compile({ y: g.exp(g.input('x', [2])) })
    await executable.dispose()
    return false
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_DEVICE_MISSING') throw error
    return (error as Error).message
  }
}
