import { openRuntime } from '../../src/training/runtime/open-runtime.ts'
import { onnxRuntime } from '../../src/training/runtime/onnx/runtime.ts'
import { RUNTIME_NAMES } from '../../src/training/runtime/runtime-name.ts'
import type { Runtime } from '../../src/training/runtime/runtime.ts'

/**
 * The runtimes that every operator is checked on: those that run everywhere, and ONNX in the standard's operators alone, as a GPU
 * gets it. `PEERMERGE_TEST_RUNTIMES=onnx-webgpu,tfjs-native` names others instead, for a machine that has them.
 */
export async function runtimesUnderTest(): Promise<Runtime[]> {
  const named = process.env['PEERMERGE_TEST_RUNTIMES']?.split(',')
  if (named !== undefined) {
    const names = named.map((name) => RUNTIME_NAMES.find((known) => known === name.trim()))
    if (names.includes(undefined))
      throw new Error(`PEERMERGE_TEST_RUNTIMES: one of ${RUNTIME_NAMES.join(', ')}`)
    return Promise.all(names.map((name) => openRuntime(name!)))
  }
  const standard = { ...onnxRuntime({ dialect: 'standard' }), name: 'onnx (standard operators)' }
  return [onnxRuntime(), standard, await openRuntime('tfjs-js')]
}
