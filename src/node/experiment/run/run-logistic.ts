import { PeermergeError } from '../../../errors.ts'
import type { LogisticMethod } from '../methods/method.ts'
import type { RunOutcome, Trajectory } from '../types.ts'
import { homeScores, twoClassScore, type SiteScore } from './home-scores.ts'
import { logisticRegression, type LogOdds } from './logistic-regression.ts'
import { meanOfSites } from './mean-of-sites.ts'
import type { RunContext } from './run-context.ts'

/**
 * The floor of tables: plain logistic regression on what was measured, without any backbone; every site by itself, or all rows in one place.
 *
 * @throws PeermergeError ERR_EXPERIMENT_DATA - the data are no measurements of two classes
 */
export async function runLogistic(
  context: RunContext,
  { pooled }: LogisticMethod,
): Promise<Pick<RunOutcome, 'heads' | 'perSite'>> {
  const { tasks, home = [], meter, key } = context
  const { measurements, classes, trainCounts } = context.data
  if (measurements === undefined || classes.length !== 2) {
    const text = `method ${key.method}: expected data of two classes with measurements, as of kind heart; take it out of the methods`
    throw new PeermergeError('ERR_EXPERIMENT_DATA', text, { method: key.method })
  }
  const isSecond = (sample: number): boolean => sample >= trainCounts[0]!
  const fit = (samples: readonly number[]): Promise<LogOdds> =>
    meter.time(
      'train',
      () =>
      logisticRegression(samples.map((sample) => measurements[sample]!), samples.map(isSecond)), // prettier-ignore
    )
  const score = (logOdds: LogOdds, samples: readonly number[]): SiteScore => {
    const ofClass = (second: boolean): number[] =>
      samples.filter((one) => isSecond(one) === second).map((one) => logOdds(measurements[one]!))
    return twoClassScore([ofClass(false), ofClass(true)])
  }
  const trajectory = (logOdds: LogOdds, ofSites: typeof home): Trajectory => {
    const { accuracy } = score(logOdds, context.heldOut.flat())
    return { rounds: [accuracy], tasks: [[accuracy]], ...homeScores(ofSites.map((samples) => score(logOdds, samples))) } // prettier-ignore
  }
  const sites = tasks[0]!.sites
  if (pooled) return { heads: { own: trajectory(await fit(sites.flat()), home) } }
  const found: Trajectory[] = []
  for (const [site, samples] of sites.entries())
    found.push(trajectory(await fit(samples), home.slice(site, site + 1)))
  return { heads: { own: meanOfSites(found) }, perSite: found.map(({ rounds }) => rounds[0]!) }
}
