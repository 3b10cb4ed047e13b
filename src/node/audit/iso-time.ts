/** Of milliseconds since 1970. A clock may say anything: what no calendar has is named as the number that it is. */
export function isoTime(time: number): string {
  const date = new Date(time)
  return Number.isNaN(date.getTime()) ? String(time) : date.toISOString()
}
