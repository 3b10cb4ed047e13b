import { InvalidArgumentError, Option } from 'commander'
import { DEFAULT_ROBUST, type RobustSpec } from '../../merge/index.ts'

/** As said on the command line; commander takes null for no value. */
export type Limits = RobustSpec | 'none'

/** As a charter has them: null for none, undefined for what it would have anyway. */
export function limitsOf(said: Limits | undefined): RobustSpec | null | undefined {
  return said === 'none' ? null : said
}

/** What each way of limiting single contributions takes behind a colon, and what it makes of it. */
const WAYS: Readonly<Record<string, (size: number) => Limits | undefined>> = {
  none: () => 'none',
  caps: () => DEFAULT_ROBUST,
  krum: (byzantine) => counted(byzantine, { ...DEFAULT_ROBUST, filter: { rule: 'multi-krum', byzantine } }),
  'geometric-median': () => ({ ...DEFAULT_ROBUST, estimator: 'geometric-median' }),
  'coordinate-median': () => ({ ...DEFAULT_ROBUST, estimator: 'coordinate-median' }),
  'trimmed-mean': (share) => {
    if (!(share >= 0 && share < 0.5)) return undefined
    return { ...DEFAULT_ROBUST, estimator: { rule: 'trimmed-mean', share } }
  },
  'at-most': (atMost) => counted(atMost, { normalise: false, countCap: { atMost } }),
}

/** How a merge limits what single contributions can do. */
export function limitsOption(description: string): Option {
  return new Option('--limits <how>', description).argParser((value: string): Limits => {
    const [way = '', size, ...more] = value.split(':')
    const limits = Object.hasOwn(WAYS, way) && more.length === 0 ? WAYS[way]!(Number(size)) : undefined
    const isSized = way === 'krum' || way === 'trimmed-mean' || way === 'at-most'
    if (limits !== undefined && (size !== undefined) === isSized) return limits
    throw new InvalidArgumentError(
      'expected caps, none, krum:F (dishonest sites), geometric-median, coordinate-median, trimmed-mean:SHARE (below 0.5) or at-most:SAMPLES',
    )
  })
}

function counted(size: number, limits: RobustSpec): RobustSpec | undefined {
  return Number.isSafeInteger(size) && size >= 1 ? limits : undefined
}
