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
  readonly shape: Shape
}

export interface OnnxModel {
  readonly nodes: readonly OnnxNode[]
  readonly initializers: readonly OnnxTensor[]
  readonly inputs: readonly OnnxPort[]
  readonly outputs: readonly OnnxPort[]
}

const IR_VERSION = 10
const OPSETS = [
  { domain: '', version: 20 },
  { domain: 'com.microsoft', version: 1 },
]

/** The bytes of an ONNX ModelProto. */
export function modelProto(model: OnnxModel): Uint8Array {
  const writer = new BinaryWriter()
  writer.tag(MODEL.irVersion, WireType.Varint).int64(IR_VERSION)
  text(writer, MODEL.producerName, 'peermerge')
  message(writer, MODEL.graph, () => {
    for (const node of model.nodes) message(writer, GRAPH.node, () => writeNode(writer, node))
    text(writer, GRAPH.name, 'graph')
    for (const tensor of model.initializers)
      message(writer, GRAPH.initializer, () => writeTensor(writer, tensor))
    for (const port of model.inputs) message(writer, GRAPH.input, () => writePort(writer, port))
    for (const port of model.outputs) message(writer, GRAPH.output, () => writePort(writer, port))
  })
  for (const { domain, version } of OPSETS) {
    message(writer, MODEL.opsetImport, () => {
      text(writer, OPERATOR_SET.domain, domain)
      writer.tag(OPERATOR_SET.version, WireType.Varint).int64(version)
    })
  }
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

function writeTensor(writer: BinaryWriter, tensor: OnnxTensor): void {
  for (const dimension of tensor.shape) varint(writer, TENSOR.dims, dimension)
  varint(writer, TENSOR.dataType, ELEMENT_TYPE[tensor.type])
  text(writer, TENSOR.name, tensor.name)
  if (!tensor.external) {
    writer.tag(TENSOR.rawData, WireType.LengthDelimited).bytes(tensor.bytes)
    return
  }
  const location = { location: tensor.name, offset: '0', length: String(tensor.bytes.length) }
  for (const [key, value] of Object.entries(location)) {
    message(writer, TENSOR.externalData, () => {
      text(writer, STRING_ENTRY.key, key)
      text(writer, STRING_ENTRY.value, value)
    })
  }
  varint(writer, TENSOR.dataLocation, DATA_LOCATION_EXTERNAL)
}

function writePort(writer: BinaryWriter, port: OnnxPort): void {
  text(writer, VALUE_INFO.name, port.name)
  message(writer, VALUE_INFO.type, () => {
    message(writer, TYPE.tensor, () => {
      varint(writer, TENSOR_TYPE.elementType, ELEMENT_TYPE[port.type])
      message(writer, TENSOR_TYPE.shape, () => {
        for (const dimension of port.shape) {
          message(writer, TENSOR_SHAPE.dimension, () => varint(writer, DIMENSION.value, dimension))
        }
      })
    })
  })
}
