import type { Operator, Shape, Value } from '../../graph/value.ts'
import type { ElementType, OnnxAttribute, OnnxModel, OnnxNode, OnnxPort, OnnxTensor } from './model-proto.ts'

/** From this size on, data is handed over beside the model instead of being copied into it. */
const EXTERNAL_BYTES = 1024

interface NodeOptions {
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>
  readonly domain?: string
}

/** `standard`: operators of the ONNX standard alone. `ort`: also ONNX Runtime's own, which only its CPU kernels know. */
export type OnnxDialect = 'ort' | 'standard'

/** Collects the nodes of one model; every Value gets a name when it is emitted. */
export class Emitter {
  readonly dialect: OnnxDialect
  readonly #nodes: OnnxNode[] = []
  readonly #tensors = new Map<string, OnnxTensor>()
  readonly #inputs: OnnxPort[] = []
  readonly #outputs: OnnxPort[] = []
  readonly #names = new Map<Value, string>()
  #count = 0

  constructor(dialect: OnnxDialect) {
    this.dialect = dialect
  }

  nameOf(value: Value): string {
    return this.#names.get(value)!
  }

  setName(value: Value, name: string): void {
    this.#names.set(value, name)
  }

  freshName(): string {
    return `v${this.#count++}`
  }

  /** Adds a node and returns the name of its only output. */
  node(opType: string, inputs: readonly string[], options: NodeOptions = {}): string {
    const output = this.freshName()
    this.nodeWithOutputs(opType, inputs, [output], options)
    return output
  }

  nodeWithOutputs(
    opType: string,
    inputs: readonly string[],
    outputs: readonly string[],
    { attributes = {}, domain = '' }: NodeOptions = {},
  ): void {
    this.#nodes.push({ opType, domain, inputs, outputs, attributes })
  }

  /** Adds data; the same name twice is the same data. */
  tensor(name: string, type: ElementType, shape: Shape, data: ArrayBufferView): string {
    if (!this.#tensors.has(name)) {
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
      this.#tensors.set(name, { name, type, shape, bytes, external: bytes.length >= EXTERNAL_BYTES })
    }
    return name
  }

  /** Axes, shapes and bounds, which ONNX takes as int64 tensors. */
  int64s(values: readonly number[]): string {
    const data = BigInt64Array.from(values, (value) => BigInt(value))
    return this.tensor(`i64:${values.join(',')}`, 'i64', [values.length], data)
  }

  float(value: number): string {
    return this.tensor(`f32:${value}`, 'f32', [], Float32Array.of(value))
  }

  input(name: string, type: ElementType, shape: Shape): string {
    const port = { name: `in:${name}`, type, shape }
    this.#inputs.push(port)
    return port.name
  }

  output(name: string, value: Value): void {
    this.nodeWithOutputs('Identity', [this.nameOf(value)], [`out:${name}`])
    this.#outputs.push({ name: `out:${name}`, type: value.dtype, shape: value.shape })
  }

  model(): OnnxModel {
    const initializers = [...this.#tensors.values()]
    const read = new Set(this.#nodes.flatMap(({ inputs }) => inputs))
    const nodes = this.#nodes.map((node) => ({ ...node, outputs: withoutUnread(node.outputs, read) }))
    return { nodes, initializers, inputs: this.#inputs, outputs: this.#outputs }
  }
}

/** A node computes less, and can be fused with others, without the last outputs that nothing reads; the first one stays. */
function withoutUnread(outputs: readonly string[], read: ReadonlySet<string>): readonly string[] {
  const last = outputs.findLastIndex((name) => read.has(name))
  return outputs.slice(0, Math.max(last, 0) + 1)
}

/** Adds the nodes of one operator, whose inputs are emitted already, and returns the name of the result. */
export type Emit<O extends Operator> = (
  value: Value<O>,
  inputs: readonly string[],
  emitter: Emitter,
) => string
