import type { Classifier } from '../../merge/index.ts'
import type { ClassProbabilities } from '../types.ts'
import { featurePass } from './feature-pass.ts'
import { sampleTrust } from './mixer-trust.ts'
import { probabilities } from './probabilities.ts'
import type { SamplePass } from './sample-pass.ts'

export interface PredictedBy {
  readonly classifier: Classifier
  /** Whether there is an adapter. */
  readonly adapted: boolean
  /** Tell how far a mixture's mixers trust the rest of the world. */
  readonly trusts: boolean
}

/** What a model says of each sample, in their order. */
export async function predictSamples(
  pass: SamplePass,
  { classifier, adapted, trusts }: PredictedBy,
): Promise<ClassProbabilities[]> {
  const found = new Array<ClassProbabilities>(pass.samples.labels.length)
  for await (const features of featurePass(pass, adapted))
    for (const { index, x } of features) found[index] = { probabilities: probabilities(classifier, x) }
  if (!trusts) return found
  for await (const samples of sampleTrust(pass))
    for (const { index, shares } of samples) found[index] = { ...found[index]!, trust: mean(shares) }
  return found
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
