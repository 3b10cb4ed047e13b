import { join } from 'node:path'
import type { CharterOptions } from '../build-charter.ts'
import { homePaths } from '../home.ts'
import { openIdentity } from '../identity-file.ts'
import { createSite, joinSite, type SiteOptions } from '../site-setup.ts'
import type { DemoSite } from './split-folder.ts'
import type { SwarmPeer } from './swarm.ts'

export interface FoundOptions {
  readonly workDir: string
  readonly backbone: string
  readonly charter: Omit<CharterOptions, 'members'>
  readonly threads: number
  readonly trainFraction: number
  readonly splitSeed: string
  readonly patienceMs: number
}

/** One home a site, all under one charter, as `identity`, `create` and `join` would make them. */
export async function foundDemo(sites: readonly DemoSite[], options: FoundOptions): Promise<SwarmPeer[]> {
  const peers = sites.map(({ name }) => ({ name, home: join(options.workDir, 'homes', name) }))
  const members = await Promise.all(
    peers.map(async ({ name, home }) => ({ id: (await openIdentity(homePaths(home))).peer, name })),
  )
  const founded = await createSite(siteOptions(peers[0]!, sites[0]!, options), {
    ...options.charter,
    members,
  })
  for (let index = 1; index < peers.length; index++)
    await joinSite(siteOptions(peers[index]!, sites[index]!, options), founded.charterFile)
  return peers
}

function siteOptions(peer: SwarmPeer, site: DemoSite, options: FoundOptions): SiteOptions {
  return {
    home: peer.home,
    site: peer.name,
    backbone: options.backbone,
    data: site.data,
    listen: ['/ip4/127.0.0.1/tcp/0'],
    peers: [],
    threads: options.threads,
    trainFraction: options.trainFraction,
    splitSeed: options.splitSeed,
    waitForAllMs: options.patienceMs,
  }
}
