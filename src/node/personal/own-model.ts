import {
  ownClassifier,
  type Classifier,
  type ContributionView,
  type MergeSpec,
  type OwnClassifier,
  type OwnClassifierInit,
} from '../../merge/index.ts'
import { shareTemperature } from './share-temperature.ts'

/** A classifier of one site's own, under which its classes are as likely as its samples are of them, or all alike. */
export interface OwnModel extends Pick<OwnClassifier, 'classifier' | 'strength' | 'ids'> {
  /** What the logarithms of class shares are multiplied by; null where all classes are alike. */
  readonly temperature: number | null
}

/**
 * `ownClassifier`, and where samples of the site are given, its class shares as prior, as it meets classes that it has more samples of more often.
 *
 *   z'_c = z_c + T·(ln π_c − mean of ln π)        π_c = (n_c^k + 1) / Σ_j (n_j^k + 1)
 *
 * A discriminant of few samples in many dimensions is surer than it may be: its outputs differ by T times what logarithms of likelihoods would. T is what
 * makes the classes of the site's samples most likely (`shareTemperature`), each out of its means. The mean of ln π is that by everybody's samples,
 * so that a class that nobody has samples of stays below the others. Precision: float64, rounded to float32 once more.
 */
export function ownModel(
  spec: MergeSpec,
  statistics: readonly ContributionView[],
  init: OwnClassifierInit,
): OwnModel | undefined {
  const own = ownClassifier(spec, statistics, init)
  if (own === undefined) return undefined
  const { classifier, strength, ids, leftOut } = own
  if (leftOut === undefined) return { classifier, strength, ids, temperature: null }
  const shares = logShares(own.counts)
  const temperature = shareTemperature(leftOut, shares)
  return { classifier: shifted(classifier, shares, temperature), strength, ids, temperature }
}

function shifted({ weight, bias }: Classifier, shares: Float64Array, temperature: number): Classifier {
  const data = bias.data.map((value, c) => value + temperature * shares[c]!)
  return { weight, bias: { ...bias, data } }
}

/** ln π_c − Σ_j (n_j/N) ln π_j; 0 for a class that nobody has samples of. */
function logShares({ own, all }: OwnClassifier['counts']): Float64Array {
  const total = all.reduce((sum, n) => sum + n, 0)
  const logs = own.map((n) => Math.log(n + 1))
  const mean = logs.reduce((sum, log, c) => sum + (all[c]! / total) * log, 0)
  return logs.map((log, c) => (all[c]! > 0 ? log - mean : 0))
}
