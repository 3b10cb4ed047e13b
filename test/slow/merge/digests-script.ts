// Prints the digests of merges under every rule and what numbers beyond the normal ones come to, as one JSON line. The test bundles it
// into one file without imports, so that it runs on any Node of any processor.
import { createHash } from 'node:crypto'
import {
  DEFAULT_ROBUST,
  mergeContributions,
  solveSymmetric,
  takesLimits,
  type ContributionView,
  type RobustSpec,
} from '../../../src/merge/index.ts'
import { LARGE_FROM } from '../../../src/merge/linear/symmetric-solve.ts'
import { ldlt } from '../../../src/merge/linear/ldlt.ts'
import { ldltSolve } from '../../../src/merge/linear/ldlt-solve.ts'
import { createRandom } from '../../../src/merge/linear/random.ts'
import type { Matrix } from '../../../src/merge/types.ts'
import { exactSpecs } from '../../unit/merge/exact-specs.ts'
import { admitted, CHARTER, everySpec, makeSpec } from '../../unit/merge/fixtures.ts'
import { normal, positiveDefinite } from '../../unit/merge/random-matrices.ts'
import { subnormalFindings } from '../../unit/merge/subnormal.ts'

/** The default, and every other way of limiting. */
const LIMITS: readonly RobustSpec[] = [
  DEFAULT_ROBUST,
  { ...DEFAULT_ROBUST, normalise: true, filter: { rule: 'multi-krum', byzantine: 1 } },
  { ...DEFAULT_ROBUST, estimator: 'geometric-median' },
  { ...DEFAULT_ROBUST, estimator: 'coordinate-median' },
  { ...DEFAULT_ROBUST, estimator: { rule: 'trimmed-mean', share: 0.2 } },
]

const bits = ({ data }: Matrix): string => createHash('sha256').update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)).digest('hex') // prettier-ignore

function mergeDigests(): Record<string, string> {
  const wide = makeSpec({ modules: [{ name: 'wide', in: 70, out: 90 }], adapter: { kind: 'lora', rank: 20, alpha: 1, trains: 'B', seed: 'wide' } }) // prettier-ignore
  const limited = everySpec()
    .filter(([, { rule }]) => takesLimits(rule))
    .flatMap(([name, spec]) =>
      LIMITS.map((robust, i) => [`${name}, limits ${i}`, { ...spec, robust }] as const),
    )
  const exact = exactSpecs().map(([name, spec]) => [`${name}, exact sums`, spec] as const)
  const specs = [...everySpec(), ...limited, ...exact, ['lorm in the kernel', wide] as const]
  return Object.fromEntries(
    specs.map(([name, spec]) => {
      const views: ContributionView[] = ['a', 'b', 'c', 'd', 'e'].map((peer) => admitted({ spec, peer }))
      return [name, mergeContributions(spec, { charter: CHARTER }, views).digests.merge]
    }),
  )
}

/** The kernel's bits, and whether the plain solve has the same. */
function solves(): Record<string, string | boolean> {
  const found: Record<string, string | boolean> = {}
  for (const size of [LARGE_FROM, 65, 200]) {
    const random = createRandom(`architectures ${size}`)
    const [matrix, right] = [positiveDefinite(random, size), normal(random, 5, size)]
    found[`kernel ${size}`] = bits(solveSymmetric(matrix, right))
    found[`plain ${size} agrees`] = bits(ldltSolve(ldlt(matrix), right)) === found[`kernel ${size}`]
  }
  return found
}

console.log(JSON.stringify({ merges: mergeDigests(), solves: solves(), subnormal: subnormalFindings() }))
