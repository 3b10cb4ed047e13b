import { frozenFrontier } from '../graph/frozen-frontier.ts'
import type { SampleFormat, SampleSet } from '../data/samples.ts'
import { equalValues } from '../graph/equal-values.ts'
import { input, sizeOf } from '../graph/index.ts'
import type { Value } from '../graph/index.ts'
import { substitute } from '../graph/substitute.ts'
import { trainedParameters, trainingGraph } from './model-graph.ts'
import type { BatchShape, GraphModel } from './model-graph.ts'

/** The training graph of a model, cut between the part of the backbone that no adapter reaches and the rest. */
export interface CutGraph {
  /** What is kept of every batch, by the name under which it is fed again. */
  readonly prefix: Record<string, Value>
  /** The training graph from there on. */
  readonly rest: Record<string, Value>
  /** Share of a step's matrix products that need not be computed again. */
  readonly savedShare: number
}

/** Prefix of the names under which kept activations are fed. */
const KEPT = 'kept/'

/**
 * Cuts the training graph; undefined where nothing would be kept, or what is kept is not laid out sample by sample.
 */
export function cutTrainingGraph(model: GraphModel, shape: BatchShape): CutGraph | undefined {
  const graph = trainingGraph(model, shape)
  const trained = new Set(trainedParameters(model).map(({ name }) => name))
  const { values, savedShare } = frozenFrontier(Object.values(graph), (name) => trained.has(name))
  if (values.length === 0 || !values.every((value) => isBySample(value, model, shape))) return undefined
  const named = values.map((value, i) => [`${KEPT}${i}`, value] as const)
  const fed = new Map(named.map(([name, value]) => [value, input(name, value.shape)]))
  return { prefix: Object.fromEntries(named), rest: substitute(graph, fed), savedShare }
}

/**
 * Outputs of another graph over the same batch, computed from what is kept as far as they need the same of the frozen part: features and
 * layer inputs, under any adapters on the same layers.
 */
export function fromPrefix(
  { prefix }: CutGraph,
  outputs: Readonly<Record<string, Value>>,
): Record<string, Value> {
  const nameOf = new Map(Object.entries(prefix).map(([name, value]) => [value, name]))
  const equal = equalValues([...nameOf.keys()], Object.values(outputs))
  const fed = [...equal].map(([own, kept]) => [own, input(nameOf.get(kept)!, own.shape)] as const)
  return substitute(outputs, new Map(fed))
}

/** Samples that come with the activations of the frozen part of the backbone, which is then not computed again. */
export interface KeptPrefix {
  readonly samples: SampleSet
  readonly format: SampleFormat
  /** A training graph's cut, for batches of this shape. */
  readonly cut: (shape: BatchShape) => CutGraph
}

/** Floats of one sample in a kept Value. */
export function floatsPerSample(value: Value, { size }: BatchShape): number {
  return sizeOf(value.shape) / size
}

/**
 * Whether a Value holds its samples one after another and, of texts, the tokens of each one after another, so that a shorter text fills
 * the beginning of a longer one's place: (size, …) of images; of texts (size · length, width), (size, length, …), and, of what their length
 * does not change, (size, width) or (size, 1, …).
 */
function isBySample(
  { shape, dtype }: Value,
  { backbone }: GraphModel,
  { size, extent }: BatchShape,
): boolean {
  if (dtype !== 'f32') return false
  const [rows, second] = shape
  if (backbone.modality === 'image') return rows! % size === 0
  if (shape.length === 2) return rows === size || rows === size * extent
  return rows === size && (second === extent || second === 1)
}
