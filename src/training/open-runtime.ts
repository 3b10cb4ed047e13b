import type { Runtime } from './runtime/runtime.ts'

/** Loads a runtime by name, and native code with it. */
export async function openRuntime(name: 'onnx' | 'tfjs'): Promise<Runtime> {
  switch (name) {
    case 'onnx':
      return (await import('./runtime/onnx/runtime.ts')).onnxRuntime()
    case 'tfjs':
      return (await import('./runtime/tfjs/runtime.ts')).tfjsRuntime()
  }
}
