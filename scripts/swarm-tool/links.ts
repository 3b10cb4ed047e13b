import { PeermergeError } from '../../src/errors.ts'
import { faultsSchema, type Faults } from '../switchboard/faults.ts'
import { docker } from './docker.ts'
import { findSite, switchboards } from './site-containers.ts'

const TELL = ['node', '/opt/switchboard/scripts/switchboard/tell.js']

/** Puts faults in force at every switchboard. @throws PeermergeError ERR_NO_SITE, ERR_NO_SWITCHBOARD */
export async function putFaults(name: string, faults: Faults): Promise<void> {
  for (const site of [...faults.groups.flat(), ...Object.keys(faults.slow)]) await findSite(name, site)
  for (const { container } of await boards(name)) await docker(['exec', container, ...TELL, JSON.stringify(faults)]) // prettier-ignore
}

export async function faultsInForce(name: string): Promise<Faults> {
  const [board] = await boards(name)
  const { groups, slow } = JSON.parse(await docker(['exec', board!.container, ...TELL])) as Faults
  return faultsSchema.parse({ groups, slow })
}

async function boards(name: string): Promise<Awaited<ReturnType<typeof switchboards>>> {
  const found = await switchboards(name)
  if (found.length > 0) return found
  throw new PeermergeError('ERR_NO_SWITCHBOARD', `${name}: no switchboard runs in it; raise it with scripts/swarm up`) // prettier-ignore
}

/** `a,b|c,d` */
export function parseGroups(text: string): string[][] {
  const groups = text.split('|').map((group) => group.split(',').map((site) => site.trim()).filter(Boolean)) // prettier-ignore
  if (groups.length > 1 && groups.every((group) => group.length > 0)) return groups
  throw new PeermergeError('ERR_OPTIONS', `partition: expected two groups or more, such as a,b|c,d, got ${text}`) // prettier-ignore
}
