import { PeermergeError } from '../../errors.ts'
import type { TensorMap } from '../../merge/index.ts'
import { wireTensor } from '../adapters/wire-tensor.ts'
import { constant, linear } from '../graph/index.ts'
import type { Value } from '../graph/index.ts'
import { loadModel } from '../model/load-model.ts'
import type { Model } from '../model/model-graph.ts'
import { sampleInputs } from '../model/sample-inputs.ts'
import { onnxModel } from '../runtime/onnx/onnx-model.ts'
import type { OnnxModel } from '../runtime/onnx/model-proto.ts'
import { programOf } from '../runtime/program.ts'
import type { ModelSpec, ModelState } from '../types.ts'
import { foldAdapter } from './fold-adapter.ts'
import { withDynamicBatch } from './onnx-dynamic-batch.ts'
import { onnxMetadata } from './onnx-metadata.ts'
import { writeOnnxFile } from './write-onnx-file.ts'

export interface OnnxExportInit {
  readonly model: ModelSpec
  readonly state: ModelState
  /** In the order of the classifier's rows. */
  readonly classes: readonly string[]
  /** The file to write; one that is there is replaced, once the new one is complete. */
  readonly out: string
  /** Told in the file besides what running it needs. @default nothing */
  readonly metadata?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

/**
 * Writes a model for inference anywhere: one ONNX file in operators of the standard (opset 20), weights inside, the adapter folded
 * into them.
 *
 *   image   `pixels` (batch, 3, side, side)                            → `logits` (batch, classes)
 *   text    `tokens` (batch, length) i32, `mask` (batch, length) f32   → `logits` (batch, classes)
 *
 * The batch is any; side and length are the model's extent. Class names and what makes an image into pixels are in its metadata.
 *
 * @throws BackboneError, UnsupportedBackboneError, MalformedError, ShapeMismatchError - the state is not of this model
 * @throws PeermergeError - ERR_CLASS_MISMATCH, ERR_MODULE_MISMATCH; ERR_MODEL_TOO_LARGE - 2 GiB and more do not fit one ONNX file;
 *   ERR_CANNOT_WRITE
 */
export async function exportOnnx(init: OnnxExportInit): Promise<void> {
  const { model: spec, state, classes, out, metadata = {}, signal } = init
  if (classes.length !== spec.classes) {
    const text = `export: expected a name for each of the model's ${spec.classes} classes, got ${classes.length}`
    throw new PeermergeError('ERR_CLASS_MISMATCH', text, { classes, modelClasses: spec.classes })
  }
  const model = await loadModel(spec)
  const classifier = classifierTensors(model, state)
  const folded = await foldAdapter(model, spec.modules, state.adapter, signal)
  const graph = withDynamicBatch((size) => inferenceModel(model, size, folded, classifier))
  const told = { ...metadata, ...onnxMetadata(model, classes) }
  await writeOnnxFile(out, { ...graph, metadata: told }, signal)
}

/** @throws ShapeMismatchError - the classifier is of another model */
function classifierTensors({ classes, backbone }: Model, { classifier }: ModelState): TensorMap {
  const tensors = new Map(Object.entries(classifier))
  return new Map([
    ['weight', wireTensor(tensors, 'weight', [classes, backbone.features])],
    ['bias', wireTensor(tensors, 'bias', [classes])],
  ])
}

/** Samples to logits for one batch size; ports carry the plain names. */
function inferenceModel(model: Model, size: number, folded: TensorMap, classifier: TensorMap): OnnxModel {
  const { backbone, weights, extent } = model
  const frozen = (tensors: TensorMap, name: string): Value => {
    const { data, shape } = tensors.get(name)!
    return constant(data, shape, name)
  }
  const features = backbone.graph(
    sampleInputs(backbone.modality, { size, extent }),
    {
      weight: (name) => frozen(weights, name),
      linear: (module, x, weight, bias) =>
        linear(x, folded.has(module) ? frozen(folded, module) : weight, bias),
    },
    { prune: true },
  )
  const logits = linear(features, frozen(classifier, 'weight'), frozen(classifier, 'bias'))
  return withPlainNames(onnxModel(programOf({ logits }), 'standard'))
}

/** Inputs and outputs without the prefix that keeps them apart from other names while a graph is emitted. */
function withPlainNames(model: OnnxModel): OnnxModel {
  const plain = (name: string): string => name.replace(/^(?:in|out):/, '')
  return {
    ...model,
    nodes: model.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map(plain),
      outputs: node.outputs.map(plain),
    })),
    inputs: model.inputs.map((port) => ({ ...port, name: plain(port.name) })),
    outputs: model.outputs.map((port) => ({ ...port, name: plain(port.name) })),
  }
}
