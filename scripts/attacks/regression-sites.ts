// Sites with linear regressions, the smallest model of an adapter's matrix: inputs in a few strong and many weak directions that
// differ from site to site, sizes that differ 16-fold, a target with a part of each site's own, training that stops early.
import { ridged, denseGram } from '../../src/merge/linear/gram.ts'
import { matmul, transpose, zeros } from '../../src/merge/linear/matrix.ts'
import { solveSymmetric } from '../../src/merge/linear/symmetric-solve.ts'
import { createRandom, type Random } from '../../src/merge/linear/random.ts'
import type { Term } from '../../src/merge/rules/term.ts'
import type { Matrix } from '../../src/merge/types.ts'

export interface RegressionSites {
  /** What the honest sites contribute. */
  readonly terms: readonly Term[]
  /** (rows, size): the part of the target that all sites share. */
  readonly truth: Matrix
  /** Each site's own target and Gram, which the objective sums over. */
  readonly targets: readonly Matrix[]
  readonly grams: readonly Matrix[]
  readonly random: Random
}

export interface RegressionSettings {
  readonly sites: number
  readonly seed: string
  /** Share of the target that is a site's own. @default 0.3 */
  readonly own?: number
  /** How far sites' input scales differ by direction: a factor between 1/(1+skew) and 1+skew. @default 2 */
  readonly skew?: number
  /** Rows of the largest site over those of the smallest. @default 16 */
  readonly spread?: number
}

const [ROWS, SIZE] = [12, 8]
const LEAST_COUNT = 60
const RIDGE = 1e-6
/** Early stopping: weak directions are learnt in part only. */
const STOPPING = 0.05

export function regressionSites({
  sites,
  seed,
  own = 0.3,
  skew = 2,
  spread = 16,
}: RegressionSettings): RegressionSites {
  const random = createRandom(`attacks ${seed}`)
  const truth = normalMatrix(random, ROWS, SIZE)
  const basis = normalMatrix(random, SIZE, SIZE)
  const made = Array.from({ length: sites }, (_, i) => {
    const target = add(truth, normalMatrix(random, ROWS, SIZE), own)
    const rows = inputs(random, basis, skew, Math.round(LEAST_COUNT * spread ** random.uniform()))
    const gram = matmul(transpose(rows), rows)
    return { target, gram, term: trained(`site-${String(i).padStart(2, '0')}`, random, target, rows, gram) }
  })
  return {
    terms: made.map(({ term }) => term),
    truth,
    targets: made.map(({ target }) => target),
    grams: made.map(({ gram }) => gram),
    random,
  }
}

export function normalMatrix(random: Random, rows: number, cols: number): Matrix {
  return { rows, cols, data: Float64Array.from({ length: rows * cols }, () => random.normal()) }
}

export function add(a: Matrix, b: Matrix, factor: number): Matrix {
  return { ...a, data: a.data.map((value, i) => value + factor * b.data[i]!) }
}

/** Rows x = S z B with scales 1, 1/2, 1/4 … of the site's own in the directions of the basis. */
function inputs(random: Random, basis: Matrix, skew: number, count: number): Matrix {
  const scales = Float64Array.from(
    { length: SIZE },
    (_, k) => (1 + skew) ** (2 * random.uniform() - 1) / 1.6 ** k,
  )
  const drawn = normalMatrix(random, count, SIZE)
  drawn.data.forEach((value, at) => (drawn.data[at] = value * scales[at % SIZE]!))
  return matmul(drawn, basis)
}

/** Ridge regression on the site's rows with noise in the outputs, and what it sends with it. */
function trained(id: string, random: Random, target: Matrix, rows: Matrix, gram: Matrix): Term {
  const outputs = matmul(rows, transpose(target))
  const noisy = add(outputs, normalMatrix(random, rows.rows, ROWS), 0.5)
  const stopping = zeros(SIZE, SIZE)
  const trace = gram.data.reduce((sum, value, at) => (at % (SIZE + 1) === 0 ? sum + value : sum), 0)
  for (let k = 0; k < SIZE; k++) stopping.data[k * SIZE + k] = (STOPPING * trace) / SIZE
  const value = solveSymmetric(add(gram, stopping, 1), matmul(transpose(noisy), rows))
  return { id, count: rows.rows, weight: 1, value, gram: ridged(denseGram(gram), RIDGE) }
}
