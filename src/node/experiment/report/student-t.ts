/**
 * P(T ≤ t) of Student's distribution with `df` degrees of freedom, in the closed form for whole numbers. Precision: float64.
 *
 * @see Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4
 */
export function studentCdf(t: number, df: number): number {
  const theta = Math.atan(t / Math.sqrt(df))
  const [sin, cos] = [Math.sin(theta), Math.cos(theta)]
  const isOdd = df % 2 === 1
  let term = isOdd ? cos : 1
  let sum = df === 1 ? 0 : term
  for (let k = isOdd ? 3 : 2; k <= df - 2; k += 2) {
    term *= (cos * cos * (k - 1)) / k
    sum += term
  }
  const inside = isOdd ? (2 / Math.PI) * (theta + sin * sum) : sin * sum
  return (1 + inside) / 2
}

/** The t with P(T ≤ t) = p, for p of at least ½, by halving; to 1e-12 of its size. */
export function studentQuantile(p: number, df: number): number {
  let [low, high] = [0, 1]
  while (studentCdf(high, df) < p) high *= 2
  while (high - low > 1e-12 * high) {
    const middle = (low + high) / 2
    if (studentCdf(middle, df) < p) low = middle
    else high = middle
  }
  return (low + high) / 2
}
