import type { NodeStatus } from '../../src/node/status/types.ts'
import { docker } from './docker.ts'
import { siteContainers, type SiteContainer } from './site-containers.ts'

/** What a site says of itself; null where its node does not answer. */
export interface SiteStatus extends SiteContainer {
  readonly status: NodeStatus | null
}

/** In the container: asks the control port as `peermerge status` does, without the second that it takes to load the command line. */
const ASK = `
const { readFileSync } = require('node:fs')
const { url, token } = JSON.parse(readFileSync(process.env.PEERMERGE_HOME + '/control.json', 'utf8'))
fetch(url + '/status', { headers: { authorization: 'Bearer ' + token }, signal: AbortSignal.timeout(8000) })
  .then((response) => response.text()).then((text) => process.stdout.write(text))`

const TIMEOUT_MS = 15_000

export async function statusOfAll(name: string): Promise<SiteStatus[]> {
  return Promise.all((await siteContainers(name)).map(askSite))
}

async function askSite(site: SiteContainer): Promise<SiteStatus> {
  if (site.state !== 'running') return { ...site, status: null }
  try {
    const text = await docker(['exec', site.container, 'node', '-e', ASK], { timeoutMs: TIMEOUT_MS })
    return { ...site, status: JSON.parse(text) as NodeStatus }
  } catch {
    return { ...site, status: null } // it starts, joins, or has just died
  }
}
