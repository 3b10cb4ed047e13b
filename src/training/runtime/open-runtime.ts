import type { RuntimeName } from './runtime-name.ts'
import type { Runtime } from './runtime.ts'

/** The runtime of a name, and native code with it; each is imported only when asked for, so that the others cost nothing. */
export async function openRuntime(name: RuntimeName): Promise<Runtime> {
  switch (name) {
    case 'onnx':
      return (await import('./onnx/runtime.ts')).onnxRuntime()
    case 'onnx-webgpu':
      return (await import('./onnx/runtime.ts')).onnxRuntime({ device: 'webgpu' })
    case 'tfjs':
      return (await import('./tfjs/runtime.ts')).tfjsRuntime()
    case 'tfjs-native':
      return (await import('./tfjs/runtime.ts')).tfjsRuntime({ backend: 'tensorflow' })
    case 'tfjs-js':
      return (await import('./tfjs/runtime.ts')).tfjsRuntime({ backend: 'cpu' })
  }
}
