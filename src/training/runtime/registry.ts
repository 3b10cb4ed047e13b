import { availableParallelism } from 'node:os'
import { loadOnnx } from './onnx/load-onnx.ts'
import type { Runtime } from './runtime.ts'

/** `onnx` is the default: native kernels. `tfjs` serves where no native library runs, and as an independent check. */
export type RuntimeName = 'onnx' | 'tfjs'

export const DEFAULT_RUNTIME: RuntimeName = 'onnx'

export interface RuntimeDescription {
  readonly name: RuntimeName
  readonly isAvailable: boolean
  /** What executes operators, with its version; or why it cannot. */
  readonly detail: string
}

/** Loads a runtime; each is imported only when asked for, so that the other costs nothing. */
export async function loadRuntime(name: RuntimeName = DEFAULT_RUNTIME): Promise<Runtime> {
  if (name === 'onnx') return (await import('./onnx/runtime.ts')).onnxRuntime()
  return (await import('./tfjs/runtime.ts')).tfjsRuntime()
}

/** All runtimes with what they would use on this machine. */
export async function describeRuntimes(): Promise<RuntimeDescription[]> {
  return [await describeOnnx(), await describeTfjs()]
}

async function describeOnnx(): Promise<RuntimeDescription> {
  try {
    const { env } = await loadOnnx()
    const version = env.versions.node ?? 'unknown version'
    const detail = `onnxruntime-node ${version}, native, ${availableParallelism()} threads`
    return { name: 'onnx', isAvailable: true, detail }
  } catch (error) {
    return { name: 'onnx', isAvailable: false, detail: messageOf(error) }
  }
}

async function describeTfjs(): Promise<RuntimeDescription> {
  try {
    const { selectBackend } = await import('./tfjs/backend.ts')
    const { version_core: version } = await import('@tensorflow/tfjs-core')
    const backend = await selectBackend('auto')
    const kind =
      backend === 'tensorflow' ? 'native (tfjs-node)' : 'plain JavaScript, slow (tfjs-node is not installed)'
    return { name: 'tfjs', isAvailable: true, detail: `@tensorflow/tfjs-core ${version}, ${kind}` }
  } catch (error) {
    return { name: 'tfjs', isAvailable: false, detail: messageOf(error) }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
