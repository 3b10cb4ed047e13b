import { docker } from '../docker.ts'
import { siteContainers } from '../site-containers.ts'

const UNITS: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 }

/** Bytes that each running site's container takes, trainer and all, as the engine counts them. */
export async function memoryOfSites(name: string): Promise<Map<string, number>> {
  const running = (await siteContainers(name)).filter(({ state }) => state === 'running')
  if (running.length === 0) return new Map()
  const ids = running.map(({ container }) => container)
  const lines = await docker(['stats', '--no-stream', '--no-trunc', '--format', '{{.ID}} {{.MemUsage}}', ...ids]).catch(() => '') // prettier-ignore
  const found = new Map<string, number>()
  for (const line of lines.split('\n')) {
    const [id, used] = line.split(' ')
    const site = running.find(({ container }) => container === id)?.site
    if (site !== undefined && used !== undefined) found.set(site, parseBytes(used))
  }
  return found
}

/** `115.4MiB`; NaN for anything else. */
export function parseBytes(text: string): number {
  const [, number, unit] = /^([\d.]+)([A-Za-z]+)$/.exec(text) ?? []
  return Number(number) * (UNITS[unit ?? ''] ?? NaN)
}
