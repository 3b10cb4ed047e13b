/** A share in words, with as many digits as tell it from none. */
export function percent(part: number, whole: number): string {
  return `${Number(((100 * part) / whole).toPrecision(3))} %`
}
