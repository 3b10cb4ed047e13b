/**
 * `onnx`: native CPU kernels, the default. `onnx-webgpu`: the GPU, through the same library. `tfjs`: TensorFlow.js, native where the
 * optional package tfjs-node loads, else plain JavaScript; `tfjs-native` and `tfjs-js` name one of the two and never fall back.
 */
export const RUNTIME_NAMES = ['onnx', 'onnx-webgpu', 'tfjs', 'tfjs-native', 'tfjs-js'] as const

export type RuntimeName = (typeof RUNTIME_NAMES)[number]

export const DEFAULT_RUNTIME: RuntimeName = 'onnx'
