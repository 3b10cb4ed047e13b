import type { Batch } from '../data/batches.ts'
import type { SampleFormat, SampleSet } from '../data/samples.ts'
import type { Graphs } from '../model/compiled-graphs.ts'
import type { Value } from '../graph/index.ts'
import { GRADIENT } from '../model/model-graph.ts'
import type { BatchShape } from '../model/model-graph.ts'

/** What training minimises: a mean loss over batches of samples, as a graph. */
export interface Objective {
  readonly samples: SampleSet
  readonly format: SampleFormat
  /** Names the graph among those that are compiled. */
  readonly key: string
  /** Values whose slopes are wanted; what only the others' need is not computed. */
  readonly moved: readonly string[]
  /** Outputs `loss` and `gradient/<name>` for every value that is moved; inputs: the batch's and the values. */
  graph(shape: BatchShape): Record<string, Value>
  /** Fed besides the batch and the values. */
  readonly constants: Readonly<Record<string, Float32Array>>
}

export interface Slopes {
  readonly loss: number
  readonly gradients: ReadonlyMap<string, Float32Array>
}

/** Loss and slopes of one batch at these values; slopes of what is moved. */
export async function slopesOf(
  objective: Objective,
  graphs: Graphs,
  batch: Batch,
  values: ReadonlyMap<string, Float32Array>,
): Promise<Slopes> {
  const { labels, weights, extent } = batch
  const shape = { size: labels.length, extent }
  const { moved } = objective
  const graph = (): Record<string, Value> => onlySlopes(objective.graph(shape), moved)
  const outputs = await graphs.run(`${objective.key}/${shape.size}/${extent}`, graph, {
    ...batch.feeds,
    labels,
    weights,
    ...objective.constants,
    ...Object.fromEntries(values),
  })
  const gradients = new Map(moved.map((name) => [name, outputs[GRADIENT + name]!.data]))
  return { loss: outputs['loss']!.data[0]!, gradients }
}

/** Of a training graph the loss and these slopes: an executable computes nothing that no output needs. */
export function onlySlopes(outputs: Record<string, Value>, moved: readonly string[]): Record<string, Value> {
  const names = ['loss', ...moved.map((name) => GRADIENT + name)]
  return Object.fromEntries(names.map((name) => [name, outputs[name]!]))
}
