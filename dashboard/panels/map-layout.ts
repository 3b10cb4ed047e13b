import type { DashboardMember } from '../../src/node/dashboard/wire.ts'

export interface Placed {
  readonly member: DashboardMember
  readonly x: number
  readonly y: number
  readonly radius: number
}

/** Half the side of the square that it is drawn in. */
export const HALF = 200
/** Members that one ring has room for, with their names. */
export const NAMED = 24
const INNER = 62
const OUTER = 178

/**
 * This site in the middle; the larger a member, the larger its share of the samples in the merge. Few members stand on one ring; many on several, those that are connected inside. The same members stand in the same
 * places as long as who is connected stays the same.
 */
export function placeMembers(members: readonly DashboardMember[]): readonly Placed[] {
  const self = members.filter((one) => one.self).map((member) => ({ member, x: 0, y: 0, radius: 13 }))
  const others = members.filter((one) => !one.self)
  const most = Math.max(...members.map(({ share }) => share ?? 0))
  const sizeOf = ({ share }: DashboardMember): number =>
    6.5 + (most === 0 ? 0 : 9 * Math.sqrt((share ?? 0) / most))
  if (others.length <= NAMED) return [...self, ...ring(others, 136, sizeOf)]
  const ordered = [...others].sort((a, b) => Number(a.path === null) - Number(b.path === null))
  const rings = Math.min(6, Math.ceil(Math.sqrt(others.length / 8)))
  const radii = Array.from(
    { length: rings },
    (_, i) => INNER + ((OUTER - INNER) * i) / Math.max(1, rings - 1),
  )
  const sum = radii.reduce((a, b) => a + b, 0)
  let from = 0
  const placed = radii.flatMap((radius, i) => {
    const to = i === rings - 1 ? ordered.length : from + Math.round((ordered.length * radius) / sum)
    const some = ring(ordered.slice(from, to), radius, (one) => 0.55 * sizeOf(one))
    from = to
    return some
  })
  return [...self, ...placed]
}

function ring(
  members: readonly DashboardMember[],
  radius: number,
  size: (member: DashboardMember) => number,
): Placed[] {
  return members.map((member, i) => {
    const angle = (2 * Math.PI * i) / members.length - Math.PI / 2
    return { member, x: radius * Math.cos(angle), y: radius * Math.sin(angle), radius: size(member) }
  })
}
