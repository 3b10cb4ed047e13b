import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import type { Shape } from '../../graph/value.ts'
import {
  ATTRIBUTE,
  ATTRIBUTE_TYPE,
  DATA_LOCATION_EXTERNAL,
  DIMENSION,
  ELEMENT_TYPE,
  GRAPH,
  MODEL,
  NODE,
  OPERATOR_SET,
  STRING_ENTRY,
  TENSOR,
  TENSOR_SHAPE,
  TENSOR_TYPE,
  TYPE,
  VALUE_INFO,
} from './protobuf-fields.ts'

export type ElementType = keyof typeof ELEMENT_TYPE

/** A number is written as an ONNX float when `float` wraps it, else as an integer. */
export type OnnxAttribute = number | string | readonly number[] | { readonly float: number }

export interface OnnxNode {
  readonly opType: string
  /** '' for the ONNX standard, 'com.microsoft' for ONNX Runtime's own. */
  readonly domain: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: Readonly<Record<string, OnnxAttribute>>
}

export interface OnnxTensor {
  readonly name: string
  readonly type: ElementType
  readonly shape: Shape
  readonly bytes: Uint8Array
  /** Whether the bytes are handed over beside the model, under the tensor's name. */
  readonly external: boolean
}

export interface OnnxPort {
  readonly name: string
  readonly type: ElementType
  /** A name stands for a dimension that each run decides. */
  readonly shape: readonly (number | string)[]
}

export interface OnnxModel {
  readonly nodes: readonly OnnxNode[]
  readonly initializers: readonly OnnxTensor[]
  readonly inputs: readonly OnnxPort[]
  readonly outputs: readonly OnnxPort[]
  /** Told to whoever opens the file. */
  readonly metadata?: Readonly<Record<string, string>>
}

const IR_VERSION = 10
const OPSET_VERSIONS: Readonly<Record<string, number>> = { '': 20, 'com.microsoft': 1 }

/** The bytes of an ONNX ModelProto. */
export function modelProto(model: OnnxModel): Uint8Array {
  return Buffer.concat([...modelProtoParts(model)])
}

/** The same bytes in pieces, so that weights of gigabytes can be written to a file without a copy of them. */
export function* modelProtoParts(model: OnnxModel): Generator<Uint8Array> {
  const graph = graphWithoutTensors(model)
  const tensors = model.initializers.map((tensor) => ({ head: tensorHead(tensor), tensor }))
  const length = tensors.reduce(
    (total, { head, tensor }) => total + head.length + embedded(tensor),
    graph.length,
  )
  yield new BinaryWriter().raw(modelWithoutGraph(model)).tag(MODEL.graph, LENGTH).uint32(length).finish()
  yield graph
  for (const { head, tensor } of tensors) {
    yield head
    if (!tensor.external) yield tensor.bytes
  }
}

const LENGTH = WireType.LengthDelimited

function modelWithoutGraph({ nodes, metadata = {} }: OnnxModel): Uint8Array {
  const writer = new BinaryWriter()
  varint(writer, MODEL.irVersion, IR_VERSION)
  text(writer, MODEL.producerName, 'peermerge')
  for (const domain of new Set(['', ...nodes.map((node) => node.domain)])) {
    message(writer, MODEL.opsetImport, () => {
      text(writer, OPERATOR_SET.domain, domain)
      varint(writer, OPERATOR_SET.version, OPSET_VERSIONS[domain]!)
    })
  }
  writeEntries(writer, MODEL.metadata, metadata)
  return writer.finish()
}

function graphWithoutTensors({ nodes, inputs, outputs }: OnnxModel): Uint8Array {
  const writer = new BinaryWriter()
  for (const node of nodes) message(writer, GRAPH.node, () => writeNode(writer, node))
  text(writer, GRAPH.name, 'graph')
  for (const port of inputs) message(writer, GRAPH.input, () => writePort(writer, port))
  for (const port of outputs) message(writer, GRAPH.output, () => writePort(writer, port))
  return writer.finish()
}

function message(writer: BinaryWriter, field: number, write: () => void): void {
  writer.tag(field, WireType.LengthDelimited).fork()
  write()
  writer.join()
}

function text(writer: BinaryWriter, field: number, value: string): void {
  writer.tag(field, WireType.LengthDelimited).string(value)
}

function varint(writer: BinaryWriter, field: number, value: number): void {
  writer.tag(field, WireType.Varint).int64(value)
}

function writeNode(writer: BinaryWriter, node: OnnxNode): void {
  for (const name of node.inputs) text(writer, NODE.input, name)
  for (const name of node.outputs) text(writer, NODE.output, name)
  text(writer, NODE.name, node.outputs[0] ?? '')
  text(writer, NODE.opType, node.opType)
  for (const [name, value] of Object.entries(node.attributes)) {
    message(writer, NODE.attribute, () => writeAttribute(writer, name, value))
  }
  text(writer, NODE.domain, node.domain)
}

function writeAttribute(writer: BinaryWriter, name: string, value: OnnxAttribute): void {
  text(writer, ATTRIBUTE.name, name)
  if (typeof value === 'string') {
    text(writer, ATTRIBUTE.string, value)
    varint(writer, ATTRIBUTE.type, ATTRIBUTE_TYPE.string)
  } else if (typeof value === 'number') {
    varint(writer, ATTRIBUTE.int, value)
    varint(writer, ATTRIBUTE.type, ATTRIBUTE_TYPE.int)
  } else if ('float' in value) {
    writer.tag(ATTRIBUTE.float, WireType.Bit32).float(value.float)
    varint(writer, ATTRIBUTE.type, ATTRIBUTE_TYPE.float)
  } else {
    for (const entry of value) varint(writer, ATTRIBUTE.ints, entry)
    varint(writer, ATTRIBUTE.type, ATTRIBUTE_TYPE.ints)
  }
}

/** Bytes of the data that follows a tensor's head. */
function embedded({ external, bytes }: OnnxTensor): number {
  return external ? 0 : bytes.length
}

/** A tensor's field of the graph up to its data. */
function tensorHead(tensor: OnnxTensor): Uint8Array {
  const fields = new BinaryWriter()
  for (const dimension of tensor.shape) varint(fields, TENSOR.dims, dimension)
  varint(fields, TENSOR.dataType, ELEMENT_TYPE[tensor.type])
  text(fields, TENSOR.name, tensor.name)
  if (tensor.external) {
    const location = { location: tensor.name, offset: '0', length: String(tensor.bytes.length) }
    writeEntries(fields, TENSOR.externalData, location)
    varint(fields, TENSOR.dataLocation, DATA_LOCATION_EXTERNAL)
  } else {
    fields.tag(TENSOR.rawData, LENGTH).uint32(tensor.bytes.length)
  }
  const head = fields.finish()
  const length = head.length + embedded(tensor)
  return new BinaryWriter().tag(GRAPH.initializer, LENGTH).uint32(length).raw(head).finish()
}

function writeEntries(writer: BinaryWriter, field: number, entries: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(entries)) {
    message(writer, field, () => {
      text(writer, STRING_ENTRY.key, key)
      text(writer, STRING_ENTRY.value, value)
    })
  }
}

function writePort(writer: BinaryWriter, port: OnnxPort): void {
  text(writer, VALUE_INFO.name, port.name)
  message(writer, VALUE_INFO.type, () => {
    message(writer, TYPE.tensor, () => {
      varint(writer, TENSOR_TYPE.elementType, ELEMENT_TYPE[port.type])
      message(writer, TENSOR_TYPE.shape, () => {
        for (const dimension of port.shape) {
          message(writer, TENSOR_SHAPE.dimension, () =>
            typeof dimension === 'string'
              ? text(writer, DIMENSION.parameter, dimension)
              : varint(writer, DIMENSION.value, dimension),
          )
        }
      })
    })
  })
}
