import { PeermergeError } from '../../src/errors.ts'
import { docker } from './docker.ts'

/** A container in which a site lives. */
export interface SiteContainer {
  readonly site: string
  readonly container: string
  /** `running`, `paused`, `exited` and so on. */
  readonly state: string
}

export type Kind = 'stack' | 'compose'

/** Services of both files in which sites live; those with a star in replicas. */
const SINGLE = ['founder', 'relay']
const REPLICATED = ['site', 'north', 'south']
export const SWITCHBOARD = 'switchboard'

type Labels = Readonly<Record<string, string>>

const LABEL_OF = { stack: 'com.docker.stack.namespace', compose: 'com.docker.compose.project' } as const

/** Which part of a swarm a container is: a site’s name, the name of another service, undefined for what does not belong to it. */
export function partOfLabels(labels: Labels, name: string): { kind: Kind; part: string } | undefined {
  if (labels[LABEL_OF.stack] === name) {
    const service = labels['com.docker.swarm.service.name']?.slice(name.length + 1) ?? ''
    const slot = labels['com.docker.swarm.task.name']?.slice(name.length + 1).split('.')[1] ?? ''
    return { kind: 'stack', part: partOf(service, slot) }
  }
  if (labels[LABEL_OF.compose] !== name) return undefined
  const { 'com.docker.compose.service': service = '', 'com.docker.compose.container-number': number = '' } = labels // prettier-ignore
  return { kind: 'compose', part: partOf(service, number) }
}

function partOf(service: string, number: string): string {
  return REPLICATED.includes(service) ? `${service}-${number}` : service
}

export function isSite(part: string): boolean {
  return SINGLE.includes(part) || REPLICATED.some((service) => new RegExp(`^${service}-\\d+$`).test(part))
}

interface Parts {
  /** Undefined where nothing of that name is there. */
  readonly kind: Kind | undefined
  readonly all: readonly SiteContainer[]
}

/** Of a site that was started anew by the engine, only the newest container. */
async function parts(name: string): Promise<Parts> {
  const format = '{{json .}}'
  const listed = await Promise.all(
    Object.values(LABEL_OF).map((label) =>
      docker(['ps', '--all', '--no-trunc', '--filter', `label=${label}=${name}`, '--format', format]),
    ),
  )
  const rows = listed.join('').split('\n').filter(Boolean).map((line) => JSON.parse(line) as Row) // prettier-ignore
  const all: SiteContainer[] = []
  let kind: Kind | undefined
  for (const { ID: container, State: state, Labels: labels } of rows) {
    const found = partOfLabels(labelsOf(labels), name)
    if (found === undefined || all.some(({ site }) => site === found.part)) continue // newest first
    kind = found.kind
    all.push({ site: found.part, container, state })
  }
  return { kind, all: all.sort((a, b) => a.site.localeCompare(b.site, 'en', { numeric: true })) }
}

interface Row {
  readonly ID: string
  readonly State: string
  readonly Labels: string
}

function labelsOf(text: string): Labels {
  return Object.fromEntries(
    text.split(',').map((pair) => {
      const at = pair.indexOf('=')
      return [pair.slice(0, at), pair.slice(at + 1)]
    }),
  )
}

export async function kindOf(name: string): Promise<Kind> {
  const { kind } = await parts(name)
  if (kind !== undefined) return kind
  throw new PeermergeError('ERR_NO_SWARM', `${name}: there is no such swarm; raise it with scripts/swarm up`)
}

export async function siteContainers(name: string): Promise<SiteContainer[]> {
  return (await parts(name)).all.filter(({ site }) => isSite(site))
}

export async function switchboards(name: string): Promise<SiteContainer[]> {
  return (await parts(name)).all.filter(({ site, state }) => site.startsWith(SWITCHBOARD) && state === 'running') // prettier-ignore
}

/** @throws PeermergeError ERR_NO_SITE */
export async function findSite(name: string, site: string): Promise<SiteContainer> {
  const all = await siteContainers(name)
  const found = all.find((one) => one.site === site)
  if (found !== undefined) return found
  const problem = `${site}: no such site in ${name}; there are ${all.map((one) => one.site).join(', ') || 'none'}`
  throw new PeermergeError('ERR_NO_SITE', problem)
}
