import type * as Onnx from 'onnxruntime-node'
import { PeermergeError } from '../../../errors.ts'

export type OnnxModule = typeof Onnx

/** @throws PeermergeError ERR_RUNTIME_MISSING - there is no native library for this platform */
export async function loadOnnx(): Promise<OnnxModule> {
  try {
    return await import('onnxruntime-node')
  } catch (cause) {
    const text = 'onnxruntime-node cannot be loaded on this platform; choose the runtime tfjs'
    throw new PeermergeError('ERR_RUNTIME_MISSING', text, { runtime: 'onnx' }, { cause })
  }
}
