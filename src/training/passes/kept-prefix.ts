import type { SampleFormat, SampleSet } from '../data/samples.ts'
import type { Value } from '../graph/index.ts'
import type { CutGraph } from '../model/frozen-prefix.ts'
import type { BatchShape } from '../model/model-graph.ts'

/** Samples that come with the activations of the frozen part of the backbone, which is then not computed again. */
export interface KeptPrefix {
  readonly samples: SampleSet
  readonly format: SampleFormat
  /** The training graph from there on. */
  readonly graph: (shape: BatchShape) => CutGraph['rest']
  /** Another graph over these samples, with what is kept in place of what computes it. */
  readonly shortened: (outputs: Record<string, Value>, shape: BatchShape) => Record<string, Value>
}
