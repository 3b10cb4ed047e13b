import type { Matrix } from '../types.ts'
import { addInto, trace, zeros } from '../linear/matrix.ts'
import { solveSymmetric } from '../linear/symmetric-solve.ts'
import { withinClasses } from '../linear/within-classes.ts'
import type { ClassifierStatistics } from './classifier-analytic.ts'
import { classMeans, sampleCount, samplesByClass } from './classifier-discriminant.ts'

/** Where class means differ between sites no more than samples do anyway: everybody's mean it is. */
const EVERYBODYS = 1e9
const OPERAND = 'scatter of classifier/gram'

/**
 * How many samples of its own everybody's class mean is worth to a site: the spread of samples within a class at a site, over that of class
 * means between sites, all classes alike; both by the method of moments and in the metric of the discriminant.
 *
 *   τ = σ²/ω²        σ² = W / (N − k)        ω² = (B − (k − c)·σ²) / Σ_c (n_c − Σ_s n_cs²/n_c)
 *   B = Σ n_cs (m_cs − m_c)ᵀ S⁻¹ (m_cs − m_c)        W = tr S⁻¹(G_x − Σ_c C_c C_cᵀ / n_c) − B
 *
 * for k pairs of a site and a class that it has samples of, c classes with samples and N samples. Without units. It is 1e9, everybody's
 * means alone, where ω² is not above 0 or no class has samples at two sites.
 * Precision: float64. Order: sites and classes as they come. Cost: d³ + k·d² products, and a factorisation (d³/6) a site.
 *
 * @param scatter - (d, d) by which differences are weighed; its scale is of no account
 * @param sites - sums of each site's samples, [x;1]ᵀ[x;1] and [x;1]ᵀY
 * @see Searle, Casella and McCulloch, Variance Components (1992), section 3.6: one random factor, unbalanced
 */
export function meanStrength(scatter: Matrix, sites: readonly ClassifierStatistics[]): number {
  const gram = total(sites.map((site) => site.gram))
  const cross = total(sites.map((site) => site.cross))
  const counts = samplesByClass(cross)
  const pairs = sites.reduce((sum, site) => sum + held(samplesByClass(site.cross)), 0)
  const inner = trace(solveSymmetric(scatter, withinClasses(gram, cross.data, counts, 1), OPERAND))
  const between = sites.reduce((sum, site) => sum + fromEverybody(scatter, site.cross, cross), 0)
  const within = (inner - between) / (sampleCount(gram) - pairs)
  const excess = between - (pairs - held(counts)) * within
  const strength = (within * unshared(sites, counts)) / excess
  return excess > 0 && strength > 0 ? Math.min(strength, EVERYBODYS) : EVERYBODYS
}

function total(matrices: readonly Matrix[]): Matrix {
  const sum = zeros(matrices[0]!.rows, matrices[0]!.cols)
  for (const matrix of matrices) addInto(sum, matrix)
  return sum
}

/** Σ_c n_cs (m_cs − m_c)ᵀ S⁻¹ (m_cs − m_c) of one site. */
function fromEverybody(scatter: Matrix, own: Matrix, all: Matrix): number {
  const counts = samplesByClass(own)
  const means = classMeans(own)
  const everybody = classMeans(all).data
  const offsets = { ...means, data: means.data.map((mean, at) => mean - everybody[at]!) }
  const solved = solveSymmetric(scatter, offsets, OPERAND).data
  return offsets.data.reduce((sum, offset, at) => sum + counts[Math.floor(at / means.cols)]! * offset * solved[at]!, 0) // prettier-ignore
}

/** Σ_c (n_c − Σ_s n_cs²/n_c): samples, less those that a class has at one site as if it had no other. */
function unshared(sites: readonly ClassifierStatistics[], counts: Float64Array): number {
  const lost = (c: number): number =>
    sites.reduce((sum, { cross }) => sum + samplesByClass(cross)[c]! ** 2, 0) / counts[c]!
  return counts.reduce((sum, n, c) => (n > 0 ? sum + n - lost(c) : sum), 0)
}

/** Classes with samples. */
function held(counts: Float64Array): number {
  return counts.filter((n) => n > 0).length
}
