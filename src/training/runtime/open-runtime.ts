import type { Runtime } from './runtime.ts'

/** Loads a runtime by name, and native code with it. */
export async function openRuntime(name: 'onnx' | 'tfjs'): Promise<Runtime> {
  switch (name) {
    case 'onnx':
      return (await import('./onnx/runtime.ts')).onnxRuntime()
    case 'tfjs':
      return (await import('./tfjs/runtime.ts')).tfjsRuntime()
  }
}
