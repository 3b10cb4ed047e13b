import { DatasetError } from '../errors.ts'
import type { SampleChoice } from '../types.ts'
import type { JoinedSamples } from './load-site.ts'
import type { SampleSet } from './samples.ts'

/**
 * Where the samples of these sites, of these classes and of these indices stand among those of all sites, ascending; undefined where all
 * are meant.
 *
 * @throws DatasetError ERR_NO_SUCH_SAMPLE - an index beyond them
 */
export function chosenIndices(
  { labels, starts }: Pick<JoinedSamples, 'labels' | 'starts'>,
  { sites, classes, samples }: SampleChoice,
): number[] | undefined {
  if (sites === undefined && classes === undefined && samples === undefined) return undefined
  assertThere(samples, labels.length)
  const named = samples && new Set(samples)
  const wanted = classes && new Set(classes)
  const chosen: number[] = []
  for (const [site, from] of starts.entries()) {
    if (sites?.includes(site) === false) continue
    const to = starts[site + 1] ?? labels.length
    for (let index = from; index < to; index++) {
      if (wanted?.has(labels[index]!) !== false && named?.has(index) !== false) chosen.push(index)
    }
  }
  return chosen
}

function assertThere(samples: readonly number[] | undefined, count: number): void {
  const odd = samples?.find((index) => !(Number.isInteger(index) && index >= 0 && index < count))
  if (odd === undefined) return
  const problem = `expected indices from 0 to ${count - 1}, got ${odd}`
  throw new DatasetError('ERR_NO_SUCH_SAMPLE', 'samples chosen', problem, { index: odd, count })
}

/** These samples of a set, in the order given; all of them where none are named. */
export function partOf(set: SampleSet, chosen: readonly number[] | undefined): SampleSet {
  if (chosen === undefined) return set
  return {
    labels: Int32Array.from(chosen, (index) => set.labels[index]!),
    sizes: Int32Array.from(chosen, (index) => set.sizes[index]!),
    read: (index) => set.read(chosen[index]!),
  }
}

/** @throws DatasetError ERR_NO_SAMPLES - nothing was chosen */
export function assertSome(chosen: readonly number[] | undefined, { sites, classes }: SampleChoice): void {
  if (chosen?.length !== 0) return
  const whose = sites === undefined ? 'of this site' : `of sites ${sites.join(', ')}`
  const rows = classes?.length === 0 ? 'none' : `rows ${classes?.join(', ')}`
  const which = classes === undefined ? 'there' : `of the classes asked for (${rows})`
  throw new DatasetError('ERR_NO_SAMPLES', whose, `no training sample is ${which}`, { sites, classes })
}

/**
 * A choice in order and without repetitions.
 *
 * @param most - how many sites and classes there are @param refuse - throws, naming what was chosen and what can be
 */
export function checkSampleChoice(
  { sites, classes, samples }: SampleChoice,
  most: { readonly sites: number; readonly classes: number },
  refuse: (name: string, value: unknown, expected: string) => never,
): SampleChoice {
  const check = (name: 'sites' | 'classes', chosen: readonly number[] | undefined): number[] | undefined => {
    if (chosen === undefined) return undefined
    const expected = `whole numbers from 0 to ${most[name] - 1}, at least one`
    if (chosen.length === 0) refuse(name, 'none', expected)
    const isPlace = (place: number): boolean => Number.isInteger(place) && place >= 0 && place < most[name]
    const wrong = chosen.find((place) => !isPlace(place))
    if (wrong !== undefined) refuse(name, wrong, expected)
    return [...new Set(chosen)].sort((a, b) => a - b)
  }
  return { sites: check('sites', sites), classes: check('classes', classes), samples }
}
