import { existsSync } from 'node:fs'
import { availableMemory } from 'node:process'
import { openSource } from '../../training/index.ts'
import type { OpenSite } from '../components.ts'
import { findBackbone } from '../find-backbone.ts'
import type { FittedSite } from '../fit-site.ts'
import { estimateSite, type SiteMemory } from '../memory/site-memory.ts'
import { limitsInForce } from '../policy/limits-in-force.ts'
import { siteDataOf } from '../site-data.ts'
import type { DoctorFacts } from './types.ts'

/** Of a node that runs what it has found out itself: its memory is taken already. Fetches nothing. */
export async function memoryFacts(
  site: OpenSite | FittedSite,
  isRunning: boolean,
): Promise<DoctorFacts['memory']> {
  if (site.config.data === undefined) return null
  try {
    const takes = ('memory' in site ? site.memory : null) ?? (await estimated(site))
    const { policy } = site.policy
    const limit = limitsInForce({ ...site, policy }).memoryBytes
    return { takes, limits: { free: isRunning ? null : availableMemory(), limit } }
  } catch (error) {
    return { unknown: error instanceof Error ? error.message : String(error) }
  }
}

async function estimated(site: OpenSite): Promise<SiteMemory> {
  const { backbone } = site.config
  if (!existsSync(backbone)) throw new Error(`${backbone} is no directory here`)
  const { dir } = await findBackbone(backbone)
  const source = await openSource(siteDataOf(site.spec, site.config))
  return await estimateSite({ ...site, config: { ...site.config, backbone: dir } }, source)
}
