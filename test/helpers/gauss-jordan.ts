/** Solves a x = b by Gauss–Jordan with pivots: another route than the kernel's. */
export function gaussJordan(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const a = matrix.map((row, i) => [...row, right[i]!])
  for (let i = 0; i < a.length; i++) {
    const best = a.reduce((p, _, r) => (r >= i && Math.abs(a[r]![i]!) > Math.abs(a[p]![i]!) ? r : p), i)
    ;[a[i], a[best]] = [a[best]!, a[i]!]
    const pivot = a[i]![i]!
    a[i] = a[i]!.map((value) => value / pivot)
    for (let r = 0; r < a.length; r++) {
      const factor = a[r]![i]!
      if (r !== i) a[r] = a[r]!.map((value, j) => value - factor * a[i]![j]!)
    }
  }
  return a.map((row) => row.at(-1)!)
}
