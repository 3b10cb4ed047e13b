import type * as Onnx from 'onnxruntime-node'
import { PeermergeError } from '../../../errors.ts'
import { forbidReports } from './no-reports.ts'

export type OnnxModule = typeof Onnx

/**
 * Loads the native library, which from then on reports to nobody.
 *
 * @throws PeermergeError ERR_RUNTIME_MISSING - there is none for this platform
 * @throws PeermergeError ERR_RUNTIME_REPORTS - see forbidReports
 */
export async function loadOnnx(): Promise<OnnxModule> {
  forbidReports()
  try {
    return await import('onnxruntime-node')
  } catch (cause) {
    const text = 'onnxruntime-node cannot be loaded on this platform; choose the runtime tfjs'
    throw new PeermergeError('ERR_RUNTIME_MISSING', text, { runtime: 'onnx' }, { cause })
  }
}
