import { PeermergeError } from '../../errors.ts'
import type { OnnxModel, OnnxNode, OnnxPort, OnnxTensor } from '../runtime/onnx/model-proto.ts'

/** Name of the dimension that each run decides. */
export const BATCH = 'batch'

/** Batches at which the model is looked at: large primes, so that no other dimension is taken for the batch. */
const SIZES = [1009, 1013, 1019] as const

/**
 * The model of all batch sizes, from models of three of them, which are the same but for shapes: every number of a shape is a + b·n
 * for a batch of n. Where that is b·n and the only such number of a Reshape, it becomes −1; elsewhere the graph computes it from the
 * shape of its first input.
 *
 * Requires: the first axis of every input is the batch.
 *
 * @throws PeermergeError ERR_BATCH_DEPENDENT - the models differ otherwise
 */
export function withDynamicBatch(modelOf: (size: number) => OnnxModel): OnnxModel {
  const models = SIZES.map(modelOf) as [OnnxModel, OnnxModel, OnnxModel]
  const [model] = models
  const shapes = new ShapeNodes(model.inputs[0]!.name)
  const kept = new Map<string, OnnxTensor>()
  const nodes = model.nodes.map((node, i): OnnxNode => {
    const alike = models.map(({ nodes: all }) => all[i])
    assertAlike(node, alike)
    const inputs = node.inputs.map((name, at) => {
      const tensors = alike.map((other, k) => tensorOf(models[k]!, other!.inputs[at]!))
      if (tensors.every((tensor) => tensor === undefined)) return name
      const constant = sameTensor(tensors) ?? shapes.vector(node, coefficients(node, tensors))
      if (typeof constant === 'string') return constant
      kept.set(constant.name, constant)
      return constant.name
    })
    return { ...node, inputs }
  })
  if (models.some(({ nodes: all }) => all.length !== nodes.length)) throw dependent('the number of operators')
  return {
    nodes: [...shapes.nodes, ...nodes],
    initializers: [...kept.values(), ...shapes.tensors],
    inputs: dynamicPorts(models.map(({ inputs }) => inputs)),
    outputs: dynamicPorts(models.map(({ outputs }) => outputs)),
  }
}

/** One number of a shape, base + slope · batch. */
interface Affine {
  readonly base: number
  readonly slope: number
}

/** Nodes that compute shapes from the batch. */
class ShapeNodes {
  readonly nodes: OnnxNode[] = []
  readonly #tensors = new Map<string, OnnxTensor>()
  readonly #known = new Map<string, string>()
  readonly #input: string

  constructor(input: string) {
    this.#input = input
  }

  get tensors(): OnnxTensor[] {
    return [...this.#tensors.values()]
  }

  /** The name of a vector of such numbers, as the input of a node. */
  vector({ opType }: OnnxNode, entries: readonly Affine[]): string {
    const moving = entries.filter(({ slope }) => slope !== 0)
    if (opType === 'Reshape' && moving.length === 1 && moving[0]!.base === 0) {
      return this.#int64s(entries.map(({ base, slope }) => (slope === 0 ? base : -1)))
    }
    const key = entries.map(({ base, slope }) => `${base}+${slope}n`).join(',')
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const scaled = this.#node('Mul', [this.#batch(), this.#int64s(entries.map(({ slope }) => slope))])
    const name = this.#node('Add', [scaled, this.#int64s(entries.map(({ base }) => base))])
    this.#known.set(key, name)
    return name
  }

  /** The first axis of the first input, (1). */
  #batch(): string {
    const known = this.#known.get(BATCH)
    if (known !== undefined) return known
    const shape = this.#node('Shape', [this.#input])
    const name = this.#node('Gather', [shape, this.#int64s([0])])
    this.#known.set(BATCH, name)
    return name
  }

  #node(opType: string, inputs: readonly string[]): string {
    const name = `shape:${this.nodes.length}`
    this.nodes.push({ opType, domain: '', inputs, outputs: [name], attributes: {} })
    return name
  }

  #int64s(values: readonly number[]): string {
    const name = `shape:i64:${values.join(',')}`
    const bytes = new Uint8Array(BigInt64Array.from(values, BigInt).buffer)
    this.#tensors.set(name, { name, type: 'i64', shape: [values.length], bytes, external: false })
    return name
  }
}

function tensorOf({ initializers }: OnnxModel, name: string): OnnxTensor | undefined {
  return indexOf(initializers).get(name)
}

const indices = new WeakMap<readonly OnnxTensor[], ReadonlyMap<string, OnnxTensor>>()

function indexOf(tensors: readonly OnnxTensor[]): ReadonlyMap<string, OnnxTensor> {
  const index = indices.get(tensors) ?? new Map(tensors.map((tensor) => [tensor.name, tensor]))
  indices.set(tensors, index)
  return index
}

/** The tensor where all are the same data. */
function sameTensor(tensors: readonly (OnnxTensor | undefined)[]): OnnxTensor | undefined {
  const [first] = tensors
  const isSame = tensors.every(
    (tensor) =>
      first !== undefined && tensor?.type === first.type && Buffer.compare(tensor.bytes, first.bytes) === 0,
  )
  return isSame ? first : undefined
}

function coefficients(node: OnnxNode, tensors: readonly (OnnxTensor | undefined)[]): Affine[] {
  if (tensors.some((tensor) => tensor?.type !== 'i64')) throw dependent(`an operand of ${node.opType}`)
  const [first, second, third] = tensors.map((tensor) => integersOf(tensor!)) as [
    number[],
    number[],
    number[],
  ]
  return first.map((value, i) => {
    const slope = (second[i]! - value) / (SIZES[1] - SIZES[0])
    const base = value - slope * SIZES[0]
    const isAffine = Number.isInteger(slope) && third[i] === base + slope * SIZES[2]
    if (!isAffine) throw dependent(`a shape of ${node.opType}`)
    return { base, slope }
  })
}

function integersOf({ bytes }: OnnxTensor): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: bytes.length / 8 }, (_, i) => Number(view.getBigInt64(8 * i, true)))
}

function assertAlike(node: OnnxNode, others: readonly (OnnxNode | undefined)[]): void {
  const outline = (other: OnnxNode | undefined): string =>
    JSON.stringify([other?.opType, other?.domain, other?.inputs.length, other?.outputs, other?.attributes])
  if (others.some((other) => outline(other) !== outline(node))) throw dependent(`an operator, ${node.opType}`)
}

function dynamicPorts(ports: readonly (readonly OnnxPort[])[]): OnnxPort[] {
  const [first = [], second = []] = ports
  return first.map((port, i) => ({
    ...port,
    shape: port.shape.map((size, axis) => {
      if (size === second[i]!.shape[axis]) return size
      if (size !== SIZES[0]) throw dependent(`the shape of ${port.name}`)
      return BATCH
    }),
  }))
}

function dependent(what: string): PeermergeError {
  const text = `the graph cannot be written for batches of any size: ${what} depends on the batch in another way than as one of its axes`
  return new PeermergeError('ERR_BATCH_DEPENDENT', text, { what })
}
