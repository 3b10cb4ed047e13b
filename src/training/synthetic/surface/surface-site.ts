import { PeermergeError } from '../../../errors.ts'
import { seededRandom } from '../random.ts'
import { SURFACE_CLASSES } from './classes.ts'
import { SURFACE_SITES } from './sites.ts'
import { surfaceImage } from './surface-image.ts'
import type { SurfaceImage, SurfaceOptions } from './types.ts'

/** Splits `count` by shares: whole numbers that add up to `count`, largest remainders first. */
export function countsOfMix(mix: readonly number[], count: number): number[] {
  const exact = mix.map((share) => share * count)
  const counts = exact.map((value) => Math.floor(value + 1e-9))
  const missing = count - counts.reduce((sum, value) => sum + value, 0)
  const byRemainder = exact
    .map((value, index) => ({ index, remainder: value - counts[index]! }))
    .sort((a, b) => b.remainder - a.remainder || a.index - b.index)
  for (const { index } of byRemainder.slice(0, missing)) counts[index]!++
  return counts
}

/**
 * The images of a site, in seeded order; every class has exactly the number that the site's mix gives it. Image n is a
 * function of seed, site, class and its number within the class alone.
 *
 * @throws PeermergeError - no such site, or a count or size that is not a positive integer
 */
export function* surfaceSite(siteIndex: number, options: SurfaceOptions): Generator<SurfaceImage> {
  const site = SURFACE_SITES[siteIndex]
  if (site === undefined) {
    throw new PeermergeError(
      'ERR_NO_SUCH_SITE',
      `site ${siteIndex}: expected 0 to ${SURFACE_SITES.length - 1}`,
    )
  }
  for (const name of ['count', 'size'] as const) {
    if (!Number.isInteger(options[name]) || options[name] < 1) {
      throw new PeermergeError('ERR_BAD_OPTION', `${name}: expected a positive integer, got ${options[name]}`)
    }
  }
  const counts = countsOfMix(site.mix, options.count)
  const plan = counts.flatMap((n, row) =>
    Array.from({ length: n }, (_, number) => ({ className: SURFACE_CLASSES[row]!, number })),
  )
  const order = Uint32Array.from(plan, (_, i) => i)
  for (const i of seededRandom(`${options.seed}/${site.name}/order`).shuffle(order)) {
    const { className, number } = plan[i]!
    const random = seededRandom(`${options.seed}/${site.name}/${className}/${number}`)
    yield surfaceImage(site, className, options.size, random)
  }
}
