import type { OnnxModel, OnnxTensor } from './model-proto.ts'

/** From this size on, a copy matters. */
const LARGE_BYTES = 65_536

/** Products repack frozen operands once, when a session is made, and are then a few percent quicker. */
const REPACKING = new Set(['MatMul', 'FusedMatMul', 'Gemm'])

export interface ModelWithFeeds {
  readonly model: OnnxModel
  /** Data to feed at every run. */
  readonly fed: readonly OnnxTensor[]
}

/**
 * A session copies its initializers, but what it is fed it reads where it lies. Hence large frozen data that no product reads
 * directly (tables of embeddings, weights to which an adapter is added first) becomes an input: the same data then serves all
 * sessions, as of one model for several lengths, and no session holds a copy of its own.
 */
export function dataByReference(model: OnnxModel): ModelWithFeeds {
  const repacked = new Set(
    model.nodes.flatMap(({ opType, inputs }) => (REPACKING.has(opType) ? inputs.slice(0, 2) : [])),
  )
  const isFed = ({ name, bytes }: OnnxTensor): boolean => bytes.length >= LARGE_BYTES && !repacked.has(name)
  const fed = model.initializers.filter(isFed)
  return {
    model: {
      ...model,
      initializers: model.initializers.filter((tensor) => !isFed(tensor)),
      inputs: [...model.inputs, ...fed.map(({ name, type, shape }) => ({ name, type, shape }))],
    },
    fed,
  }
}
