import type { JSX } from 'preact'
import { memo } from 'preact/compat'
import type { DashboardMember } from '../../src/node/dashboard/wire.ts'
import { Panel } from '../parts/panel.tsx'
import { HALF, NAMED, placeMembers, type Placed } from './map-layout.ts'

type Part = 'included' | 'contributed' | 'nothing'

function partOf({ included, contributed }: DashboardMember): Part {
  return included > 0 ? 'included' : contributed > 0 ? 'contributed' : 'nothing'
}

/** Who is there, how it is reached, and what of it is in this node's merge. The members' table says the same in words. */
export function MapPanel({ members }: { readonly members: readonly DashboardMember[] }): JSX.Element {
  const placed = placeMembers(members)
  const others = members.filter(({ self }) => !self)
  const count = (test: (one: DashboardMember) => boolean): number => others.filter(test).length
  const label = `Map of the consortium: ${count(({ path }) => path === 'direct')} members are reached directly, ${count(({ path }) => path === 'relayed')} through a relay, ${count(({ path }) => path === null)} not; contributions of ${members.filter(({ included }) => included > 0).length} of ${members.length} are in this merge. The table of members has each by name.`
  return (
    <Panel id="map" title="Consortium">
      <svg
        class={members.length > NAMED + 1 ? 'map many' : 'map'}
        viewBox={`${-HALF - 20} ${-HALF} ${2 * HALF + 40} ${2 * HALF}`}
        role="img"
        aria-label={label}
      >
        {placed.map((one) => one.member.self || <DrawnLink key={one.member.id} {...one} />)}
        {placed.map((one) => (
          <DrawnNode key={one.member.id} {...one} isNamed={members.length <= NAMED + 1} />
        ))}
      </svg>
      <Legend />
    </Panel>
  )
}

function Link({ member, x, y }: Placed): JSX.Element | null {
  return member.path === null ? null : <line class={`link ${member.path}`} x1={0} y1={0} x2={x} y2={y} />
}

function Node({ member, x, y, radius, isNamed }: Placed & { readonly isNamed: boolean }): JSX.Element {
  const part = partOf(member)
  const reach = member.self ? 'this site' : (member.path ?? 'not connected')
  const away = member.self || member.path !== null ? '' : ' away'
  return (
    <g class={`node ${part}${away}${member.self ? ' self' : ''}`}>
      <title>{`${member.name}: ${reach}; ${member.included} of ${member.contributed} contributions in this merge${member.complaint === null ? '' : `; ${member.complaint}`}`}</title>
      <circle cx={x} cy={y} r={radius} />
      {part === 'contributed' && (
        <path class="half" d={`M ${x} ${y - radius} A ${radius} ${radius} 0 0 0 ${x} ${y + radius} Z`} />
      )}
      {member.complaint !== null && !away && <circle class="ring" cx={x} cy={y} r={radius + 3.5} />}
      {isNamed && <Name member={member} x={x} y={y} radius={radius} />}
    </g>
  )
}

interface Drawn extends Placed {
  readonly isNamed?: boolean
}

/** What is drawn of a member changes less often than what is known of it. */
function isSame(a: Drawn, b: Drawn): boolean {
  const shown = ({ member, x, y, radius, isNamed }: Drawn): readonly unknown[] => {
    const { name, path, included, contributed, complaint } = member
    return [x, y, radius, isNamed, name, path, included, contributed, complaint]
  }
  const of = shown(b)
  return shown(a).every((value, i) => value === of[i])
}

const DrawnNode = memo(Node, isSame)
const DrawnLink = memo(Link, isSame)

function Name({ member, x, y, radius }: Placed): JSX.Element {
  const anchor = Math.abs(x) < 12 ? 'middle' : x > 0 ? 'start' : 'end'
  const dx = Math.abs(x) < 12 ? 0 : x > 0 ? radius + 7 : -radius - 7
  const dy = Math.abs(x) < 12 ? (y < 0 ? -radius - 8 : radius + 16) : 4
  const name = member.name.length > 14 ? `${member.name.slice(0, 13)}…` : member.name
  return (
    <text x={x + dx} y={y + dy} text-anchor={anchor}>
      {name}
    </text>
  )
}

function Legend(): JSX.Element {
  const example = (part: Part, more: JSX.Element | null = null): JSX.Element => (
    <svg viewBox="-8 -8 16 16" aria-hidden="true">
      <g class={`node ${part}`}>
        <circle r={6} />
        {more}
      </g>
    </svg>
  )
  const line = (path: 'direct' | 'relayed'): JSX.Element => (
    <svg viewBox="0 -8 24 16" class="long" aria-hidden="true">
      <line class={`link ${path}`} x1={0} y1={0} x2={24} y2={0} />
    </svg>
  )
  return (
    <ul class="legend">
      <li>{example('included')} in this merge</li>
      <li>
        {example('contributed', <path class="half" d="M 0 -6 A 6 6 0 0 0 0 6 Z" />)} contributed, not in it
      </li>
      <li>{example('nothing')} nothing yet</li>
      <li>{line('direct')} direct</li>
      <li>{line('relayed')} relayed</li>
      <li>{example('included', <circle class="ring" r={7.2} />)} holds another merge</li>
    </ul>
  )
}
