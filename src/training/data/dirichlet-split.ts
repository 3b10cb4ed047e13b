/**
 * Deals the samples of each class to sites with Dirichlet-distributed shares: p ~ Dir(concentration · 1), drawn anew for every class, each
 * sample goes to site k with probability p_k. Small concentrations give sites few classes each (label skew), large ones even shares.
 *
 * Shapes: `classCounts` (classes); result (classes) arrays of site indices, one a sample.
 * Precision: decides an experiment's split on one machine; never enters a merge.
 * @param uniform - independent draws from [0, 1)
 * @see LoRM's "distribution" partition: arXiv:2410.17961, reference code `_datasets`
 */
export function dirichletSplit(
  classCounts: readonly number[],
  sites: number,
  concentration: number,
  uniform: () => number,
): number[][] {
  return classCounts.map((count) => {
    const shares = dirichlet(sites, concentration, uniform)
    return Array.from({ length: count }, () => categorical(shares, uniform()))
  })
}

function dirichlet(sites: number, concentration: number, uniform: () => number): number[] {
  const draws = Array.from({ length: sites }, () => gammaVariate(concentration, uniform))
  const sum = draws.reduce((total, draw) => total + draw, 0)
  return sum > 0 ? draws.map((draw) => draw / sum) : draws.map((_, index) => (index === 0 ? 1 : 0))
}

function categorical(shares: readonly number[], draw: number): number {
  let cumulative = 0
  for (const [index, share] of shares.entries()) {
    cumulative += share
    if (draw < cumulative) return index
  }
  return shares.length - 1
}

/** Gamma(shape, 1) by Marsaglia and Tsang (2000); shapes below 1 by the boost U^(1/shape). */
function gammaVariate(shape: number, uniform: () => number): number {
  if (shape < 1) return gammaVariate(shape + 1, uniform) * (1 - uniform()) ** (1 / shape)
  const d = shape - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (;;) {
    const x = normalVariate(uniform)
    const v = (1 + c * x) ** 3
    if (v > 0 && Math.log(1 - uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v
  }
}

/** Box–Muller. */
function normalVariate(uniform: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
}
