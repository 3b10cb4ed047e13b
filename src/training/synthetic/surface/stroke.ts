export interface Point {
  readonly x: number
  readonly y: number
}

/** Distance of a point from a polyline, and how far along it the nearest point lies (0 … 1, by segments). */
export function distanceToPath(
  x: number,
  y: number,
  path: readonly Point[],
): { distance: number; along: number } {
  let best = Infinity
  let along = 0
  for (let i = 0; i + 1 < path.length; i++) {
    const from = path[i]!
    const to = path[i + 1]!
    const dx = to.x - from.x
    const dy = to.y - from.y
    const length = dx * dx + dy * dy
    const t = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - from.x) * dx + (y - from.y) * dy) / length))
    const ex = from.x + t * dx - x
    const ey = from.y + t * dy - y
    const squared = ex * ex + ey * ey
    if (squared < best) {
      best = squared
      along = (i + t) / (path.length - 1)
    }
  }
  return { distance: Math.sqrt(best), along }
}
