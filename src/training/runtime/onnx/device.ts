import type { InferenceSession } from 'onnxruntime-node'
import { PeermergeError } from '../../../errors.ts'
import type { OnnxDialect } from './emitter.ts'
import type { OnnxModule } from './load-onnx.ts'

/** Where operators are executed; those for which the GPU has no kernel go to the CPU, inside ONNX Runtime. */
export type OnnxDevice = 'cpu' | 'webgpu'

export const EXECUTION_PROVIDERS: Readonly<
  Record<OnnxDevice, readonly InferenceSession.ExecutionProviderConfig[]>
> = { cpu: ['cpu'], webgpu: ['webgpu', 'cpu'] }

/** The GPU's kernels are those of the standard: a fused product would be computed on the CPU. */
export const DIALECTS: Readonly<Record<OnnxDevice, OnnxDialect>> = { cpu: 'ort', webgpu: 'standard' }

/** What WebGPU drives a GPU through, and what shows whether it is there. */
const DRIVERS: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  linux: 'through Vulkan; install the driver of the GPU (`vulkaninfo --summary` must list it)',
  darwin: 'through Metal, on a Mac with a graphical session',
  win32: 'through Direct3D 12; install the driver of the GPU',
}

/** The device that a runtime was asked to compute on is not there. */
export class DeviceMissingError extends PeermergeError {
  override readonly name = 'DeviceMissingError'

  constructor(expected: string, actual: string, advice: string, options?: ErrorOptions) {
    const text = `runtime onnx-webgpu: expected ${expected}, got ${actual}; ${advice}, or choose the runtime onnx`
    super('ERR_DEVICE_MISSING', text, { runtime: 'onnx-webgpu', expected, actual }, options)
  }
}

/** @throws DeviceMissingError - this build of ONNX Runtime cannot use the device at all */
export function assertProvider(onnx: OnnxModule, device: OnnxDevice): void {
  const names = onnx.listSupportedBackends().map(({ name }) => name)
  if (device === 'cpu' || names.includes(device)) return
  const advice = 'its packages for Linux and Windows on x64 and arm64, and for macOS on arm64, have one'
  throw new DeviceMissingError('a WebGPU provider in onnxruntime-node', names.join(', ') || 'none', advice)
}

/** What a failure to open a session on the device means; failures that are not the device's stay as they are. */
export function deviceFailure(device: OnnxDevice, error: unknown): unknown {
  const problem = /WebGPU (?:adapter|device).*?:\s*([^\n]*)/i.exec(String(error))?.[1]
  if (device === 'cpu' || problem === undefined) return error
  const driver = DRIVERS[process.platform] ?? 'through a driver of the GPU'
  const actual = `none (ONNX Runtime: ${problem.trim()})`
  return new DeviceMissingError('a GPU for WebGPU', actual, `it is found ${driver}`, { cause: error })
}
