import type { InferenceSession } from 'onnxruntime-node'
import type { OnnxDevice } from './device.ts'
import { assertProvider, deviceFailure, EXECUTION_PROVIDERS } from './device.ts'
import type { OnnxModule } from './load-onnx.ts'
import type { OnnxModel } from './model-proto.ts'
import { modelProto } from './model-proto.ts'

/**
 * Measured with bench-train.ts: planned as one block (`enableMemPattern`), activations lie beside those of the first,
 * unplanned run, +40 % memory; threads that spin for 50 µs, from one operator to the next, save 1 to 4 % of a step at the same
 * processor time; for longer they take a third more of it, and on a machine that does other work, as a node does, a step then
 * takes up to 1.5 times as long.
 */
const SETTINGS: InferenceSession.SessionOptions = {
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  enableMemPattern: false,
  extra: { session: { intra_op: { allow_spinning: '1', spin_duration_us: '50' } } },
  logSeverityLevel: 4, // what goes wrong is thrown; nothing is printed
}

export interface SessionInit {
  readonly device: OnnxDevice
  /** Threads of one operator on the CPU. @default the number of cores */
  readonly threads?: number | undefined
}

/**
 * Loads a model; data marked as external is read from where it lies, and copied by the session (see data-by-reference.ts).
 *
 * @throws DeviceMissingError - the device is not there
 */
export async function createSession(
  onnx: OnnxModule,
  model: OnnxModel,
  { device, threads }: SessionInit,
): Promise<InferenceSession> {
  assertProvider(onnx, device)
  const externalData = model.initializers
    .filter((tensor) => tensor.external)
    .map((tensor) => ({ path: tensor.name, data: tensor.bytes }))
  try {
    return await onnx.InferenceSession.create(modelProto(model), {
      ...SETTINGS,
      executionProviders: EXECUTION_PROVIDERS[device],
      externalData,
      ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    })
  } catch (error) {
    throw deviceFailure(device, error)
  }
}
