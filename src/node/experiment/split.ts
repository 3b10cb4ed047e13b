import { createRandom } from '../../merge/index.ts'
import { PeermergeError } from '../../errors.ts'
import { dirichletSplit } from '../../training/index.ts'

/** How a task's samples come to sites: Dirichlet concentration, as text, or by the domain that the data name. */
export type SplitName = 'domain' | `${number}`

/** Samples by index, one list a site. */
export type TaskSplit = readonly (readonly number[])[]

/** Least training samples of a task at a site; the reference code of LoRM draws a task again until every site has them. */
export const LEAST_PER_SITE = 6

/** Seconds of drawing; what CLINC150 needs at 0.05 is some hundreds. */
const MAX_DRAWS = 20_000

export interface SplitInit {
  /** Training samples of each class of the task, by index. */
  readonly classes: readonly (readonly number[])[]
  readonly sites: number
  readonly seed: string
  /** @default LEAST_PER_SITE */
  readonly least?: number
}

/**
 * Deals a task's samples to sites, class by class by Dirichlet shares, drawn again as a whole until every site has enough.
 *
 * @throws PeermergeError ERR_SPLIT - no draw has enough for all: too few samples, too many sites, or too small a concentration
 * @see LoRM, arXiv:2410.17961, partition "distribution"
 */
export function dirichletTask(
  concentration: number,
  { classes, sites, seed, least = LEAST_PER_SITE }: SplitInit,
): TaskSplit {
  const random = createRandom(seed)
  const counts = classes.map(({ length }) => length)
  const samples = counts.reduce((sum, count) => sum + count, 0)
  const draws = samples < sites * least ? 0 : MAX_DRAWS
  for (let draw = 0; draw < draws; draw++) {
    const owners = dirichletSplit(counts, sites, concentration, () => random.uniform())
    const sizes = new Array<number>(sites).fill(0)
    for (const site of owners.flat()) sizes[site]! += 1
    if (sizes.every((size) => size >= least)) return dealt(classes, owners, sites)
  }
  const problem =
    `no draw of ${samples} samples in ${counts.length} classes gives each of ${sites} sites ${least} at concentration ${concentration}; ` +
    'take more samples a class, fewer sites, fewer tasks or a larger concentration'
  throw new PeermergeError('ERR_SPLIT', problem, { samples, sites, least, concentration })
}

/** Every sample to the site of its domain. */
export function domainTask(
  classes: readonly (readonly number[])[],
  domains: readonly number[],
  sites: number,
): TaskSplit {
  const result: number[][] = Array.from({ length: sites }, () => [])
  for (const sample of classes.flat()) result[domains[sample]!]!.push(sample)
  return result
}

function dealt(
  classes: readonly (readonly number[])[],
  owners: readonly (readonly number[])[],
  sites: number,
): TaskSplit {
  const result: number[][] = Array.from({ length: sites }, () => [])
  classes.forEach((samples, c) => samples.forEach((sample, i) => result[owners[c]![i]!]!.push(sample)))
  return result
}
