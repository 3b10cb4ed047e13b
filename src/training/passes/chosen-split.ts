import type { SampleSet } from '../data/samples.ts'
import type { KeptPrefix } from './kept-prefix.ts'

/** Samples that a pass goes over; where something is kept of them, as records of that. */
export interface ChosenSplit {
  readonly samples: SampleSet
  readonly kept?: KeptPrefix | undefined
}
