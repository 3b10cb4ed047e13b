import type { SampleSet } from '../data/samples.ts'
import { chosenOf, samplesOf } from '../loop/active-classes.ts'
import type { KeptPrefix } from './kept-prefix.ts'

/** Samples that a pass goes over, and where their activations are kept, how. */
export interface ChosenSplit {
  readonly samples: SampleSet
  readonly kept?: KeptPrefix | undefined
}

/** Some samples of a set by index, or all. */
export function chosenSplit(
  set: SampleSet,
  kept: KeptPrefix | undefined,
  indices: readonly number[] | undefined,
): ChosenSplit {
  return { samples: chosenOf(kept?.samples ?? set, indices), kept }
}

/** Those of some classes. */
export function splitOf({ samples, kept }: ChosenSplit, classes: readonly number[] | undefined): ChosenSplit {
  return { samples: samplesOf(samples, classes), kept }
}
