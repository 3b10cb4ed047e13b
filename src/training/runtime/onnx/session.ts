import type * as Onnx from 'onnxruntime-node'
import type { InferenceSession } from 'onnxruntime-node'
import { PeermergeError } from '../../../errors.ts'
import type { OnnxModel } from './model-proto.ts'
import { modelProto } from './model-proto.ts'

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

/**
 * Measured with bench-train.ts: planned as one block (`enableMemPattern`), activations lie beside those of the first,
 * unplanned run, +40 % memory; threads that spin while they wait take a third more processor time, and on a machine that
 * does other work, as a node does, a step then takes up to 1.5 times as long.
 */
const SETTINGS: InferenceSession.SessionOptions = {
  executionProviders: ['cpu'],
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  enableMemPattern: false,
  extra: { session: { intra_op: { allow_spinning: '0' } } },
  logSeverityLevel: 4, // what goes wrong is thrown; nothing is printed
}

/** Loads a model; data marked as external is passed by reference. */
export async function createSession(
  onnx: OnnxModule,
  model: OnnxModel,
  threads: number | undefined,
): Promise<InferenceSession> {
  const externalData = model.initializers
    .filter((tensor) => tensor.external)
    .map((tensor) => ({ path: tensor.name, data: tensor.bytes }))
  return onnx.InferenceSession.create(modelProto(model), {
    ...SETTINGS,
    externalData,
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
  })
}
