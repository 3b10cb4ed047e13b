import { exp, input } from '../graph/index.ts'
import type { RuntimeName } from './runtime-name.ts'
import type { Runtime } from './runtime.ts'

/**
 * The runtime of a name, and native code with it; each is imported only when asked for, so that the others cost nothing. What a
 * machine may lack is tried out first, so that it is missed before hours of data have been read.
 *
 * @throws PeermergeError ERR_RUNTIME_MISSING - its library does not load here
 * @throws DeviceMissingError - its device is not there
 */
export async function openRuntime(name: RuntimeName): Promise<Runtime> {
  switch (name) {
    case 'onnx':
      return (await import('./onnx/runtime.ts')).onnxRuntime()
    case 'onnx-webgpu':
      return tried((await import('./onnx/runtime.ts')).onnxRuntime({ device: 'webgpu' }))
    case 'tfjs':
      return (await import('./tfjs/runtime.ts')).tfjsRuntime()
    case 'tfjs-native':
      return tried((await import('./tfjs/runtime.ts')).tfjsRuntime({ backend: 'tensorflow' }))
    case 'tfjs-js':
      return (await import('./tfjs/runtime.ts')).tfjsRuntime({ backend: 'cpu' })
  }
}

async function tried(runtime: Runtime): Promise<Runtime> {
  const executable = await runtime.compile({ y: exp(input('x', [2])) })
  await executable.dispose()
  return runtime
}
