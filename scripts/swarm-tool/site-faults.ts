import { PeermergeError } from '../../src/errors.ts'
import { compose, docker } from './docker.ts'
import { composeFiles } from './raise-compose.ts'
import { findSite, kindOf, siteContainers } from './site-containers.ts'

/** A trainer with busy threads does not freeze at every first try. */
const PAUSE_ATTEMPTS = 5

/** As a power cut would: no signal that it could answer. In a stack the engine starts it anew by itself. */
export async function kill(name: string, site: string): Promise<void> {
  await docker(['kill', (await findSite(name, site)).container])
}

/** @throws PeermergeError ERR_DOCKER - it could not be frozen, as a kernel may say once of a container that starts processes */
export async function pause(name: string, site: string): Promise<void> {
  const { container } = await findSite(name, site)
  for (let attempt = 1; ; attempt++) {
    try {
      await docker(['pause', container])
      return
    } catch (error) {
      if (attempt === PAUSE_ATTEMPTS || (await findSite(name, site)).state !== 'running') throw error
    }
  }
}

/** Ends a pause, starts what was killed, or stops and starts what runs. */
export async function restart(name: string, site: string): Promise<void> {
  const { container, state } = await findSite(name, site)
  if (state === 'paused') await docker(['unpause', container])
  else if ((await kindOf(name)) === 'compose') await docker(['restart', '--time', '10', container])
  else if (state === 'running') await docker(['stop', '--time', '10', container]) // the engine starts the next one in its slot
}

/** One site more. Of a compose swarm in the north, or the south. */
export async function add(name: string, where: 'north' | 'south'): Promise<string> {
  const stack = (await kindOf(name)) === 'stack'
  const service = stack ? 'site' : where
  const number = (await numbers(name, service)).length + 1
  if (stack) await scaleStack(name, number)
  else await scaleCompose(name, { [where]: number })
  return `${service}-${number}`
}

/** The site leaves the consortium first, so that nobody waits for it; what it has contributed stays. */
export async function remove(name: string, site: string): Promise<void> {
  const { container, state } = await findSite(name, site)
  const stack = (await kindOf(name)) === 'stack'
  const count = (await numbers(name, 'site')).length
  if (stack && site !== `site-${count}`)
    throw new PeermergeError('ERR_OPTIONS', `${site}: a stack gives up its last site first, site-${count}; remove that one, or use kill`) // prettier-ignore
  if (state === 'running') await docker(['exec', container, 'peermerge', 'leave'])
  if (stack) await emptySlot(name, { site, container, count })
  else await docker(['rm', '--force', '--volumes', container])
}

/** The last slot, with its container and volume: whoever comes into it later is a new site. */
async function emptySlot(
  name: string,
  { site, container, count }: { site: string; container: string; count: number },
): Promise<void> {
  await scaleStack(name, count - 1)
  await docker(['wait', container])
  await docker(['rm', '--force', container])
  await docker(['volume', 'rm', `${name}_${site}`])
}

async function numbers(name: string, service: string): Promise<number[]> {
  const sites = (await siteContainers(name)).map(({ site }) => site).filter((site) => site.startsWith(`${service}-`)) // prettier-ignore
  return sites.map((site) => Number(site.slice(service.length + 1)))
}

async function scaleStack(name: string, replicas: number): Promise<void> {
  await docker(['service', 'scale', '--detach', `${name}_site=${replicas}`])
}

async function scaleCompose(name: string, more: { north?: number; south?: number }): Promise<void> {
  const counts = { north: (await numbers(name, 'north')).length, south: (await numbers(name, 'south')).length, ...more } // prettier-ignore
  const scale = Object.entries(counts).flatMap(([service, count]) => ['--scale', `${service}=${count}`])
  const env = await environmentOf((await findSite(name, 'founder')).container)
  await compose([...composeFiles(name), 'up', '--detach', '--no-recreate', ...scale], { env })
}

/** What the swarm was raised with, for a site that comes later. */
async function environmentOf(container: string): Promise<Record<string, string>> {
  const format =
    '{"env": {{json .Config.Env}}, "cpus": {{.HostConfig.NanoCpus}}, "memory": {{.HostConfig.Memory}}}'
  const { env, cpus, memory } = JSON.parse(await docker(['inspect', '--format', format, container])) as Limits
  const pictures = env.find((one) => one.startsWith('PEERMERGE_DEMO_COUNT='))?.split('=')[1] ?? '200'
  return {
    PEERMERGE_DEMO_COUNT: pictures,
    PEERMERGE_CPUS: String(cpus / 1e9),
    PEERMERGE_MEMORY: `${memory}b`,
  }
}

interface Limits {
  readonly env: readonly string[]
  /** Billionths of a processor. */
  readonly cpus: number
  readonly memory: number
}
