import { availableParallelism } from 'node:os'
import { exp, input } from '../graph/index.ts'
import { loadOnnx } from './onnx/load-onnx.ts'
import { openRuntime } from './open-runtime.ts'
import type { RuntimeName } from './runtime-name.ts'

/**
 * What a runtime computes with on this machine, with versions. Loads its native code and computes something, so that what is
 * described is what works.
 *
 * @throws PeermergeError - ERR_RUNTIME_MISSING, ERR_DEVICE_MISSING; and whatever the native library says
 */
export async function describeRuntime(name: RuntimeName): Promise<string> {
  const runtime = await openRuntime(name)
  const executable = await runtime.compile({ y: exp(input('x', [2])) })
  await executable.run({ x: Float32Array.of(0.5, -2) })
  await executable.dispose()
  return name.startsWith('onnx') ? describeOnnx(name) : describeTfjs()
}

async function describeOnnx(name: RuntimeName): Promise<string> {
  const { env } = await loadOnnx()
  const device =
    name === 'onnx-webgpu' ? 'a GPU through WebGPU' : `native, up to ${availableParallelism()} threads`
  return `onnxruntime-node ${env.versions.node ?? 'of unknown version'}, ${device}`
}

async function describeTfjs(): Promise<string> {
  const tf = await import('@tensorflow/tfjs-core')
  const isNative = tf.getBackend() === 'tensorflow'
  return `tfjs-core ${tf.version_core}, ${isNative ? `native, TensorFlow ${tensorflowVersion(tf.backend())}` : 'plain JavaScript, slow'}`
}

/** Of the library under tfjs-node, which its backend knows. */
function tensorflowVersion(backend: unknown): string {
  const { binding } = backend as { readonly binding?: { readonly TF_Version?: string } }
  return binding?.TF_Version ?? 'of unknown version'
}
