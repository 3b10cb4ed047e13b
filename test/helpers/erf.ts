/** The error function to double precision: its Taylor series for |x| < 2.5, else the continued fraction of erfc. */
export function erf(x: number): number {
  const magnitude = Math.abs(x)
  return Math.sign(x) * (magnitude < 2.5 ? series(magnitude) : 1 - complement(magnitude))
}

function series(x: number): number {
  let term = x
  let total = x
  for (let n = 1; n < 100; n++) {
    term *= (-x * x) / n
    total += term / (2 * n + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * total
}

function complement(x: number): number {
  let fraction = 0
  for (let n = 100; n > 0; n--) fraction = n / 2 / (x + fraction)
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction)
}
