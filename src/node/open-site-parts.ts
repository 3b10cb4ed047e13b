import type { Network, PendingRequest, Verdict } from '../gossip/index.ts'
import { openMergeClient, openNetwork, openSiteStore } from './components.ts'
import { createJudge } from './judge.ts'
import { namespaced } from './logger.ts'
import type { MergeClient } from './merge-client.ts'
import { openAdmission, type Admission } from './membership/open-desk.ts'
import { PayloadKeeping } from './payload-keeping.ts'
import { quotaEvent } from './quota-event.ts'
import type { RunningSiteInit } from './running-site-init.ts'
import { LastSeen } from './status/last-seen.ts'
import type { NodeStore, StoredContribution } from './types.ts'

/** What of a running site is opened before the rest, and closed after it. */
export interface SiteParts {
  readonly store: NodeStore
  readonly merges: MergeClient
  readonly network: Network
  readonly lastSeen: LastSeen
  readonly keeping: PayloadKeeping
  readonly admission: Admission
}

/** Told by the parts as soon as they are open. */
export interface PartsListener {
  onDropped(ids: readonly string[]): void
  onVerdict(contribution: StoredContribution, verdict: Verdict): void
  onRequest(request: PendingRequest): void
}

/** @throws whatever a part throws; nothing stays open then */
export async function openSiteParts(init: RunningSiteInit, listener: PartsListener): Promise<SiteParts> {
  const { site, logger, hub } = init
  const store = await openSiteStore(site.paths, logger, (ids) => listener.onDropped(ids))
  const merges = openMergeClient(site)
  const keeping = new PayloadKeeping({
    site,
    store,
    logger: namespaced(logger, 'node:store'),
    onFull: (usage) => hub.emit(quotaEvent(usage)),
  })
  try {
    return { store, merges, keeping, ...(await openNetworkParts(init, { store, merges, keeping }, listener)) }
  } catch (error) {
    await merges.close()
    await store.close()
    throw error
  }
}

async function openNetworkParts(
  { site, logger, signal }: RunningSiteInit,
  { store, merges, keeping }: Pick<SiteParts, 'store' | 'merges' | 'keeping'>,
  listener: PartsListener,
): Promise<Pick<SiteParts, 'network' | 'lastSeen' | 'admission'>> {
  const judge = createJudge({
    ...site,
    isLater: (charter) => site.roster.isLater(charter, site.charterDigest),
    isAuthor: () => true, // the ledger says who may, and may change its mind
    store,
    merges,
    logger: namespaced(logger, 'node:judge'),
    signal,
    isSuperseded: (contribution) => keeping.isSuperseded(contribution),
    onVerdict: (contribution, verdict) => listener.onVerdict(contribution, verdict),
  })
  const admission = await openAdmission(site, (request) => listener.onRequest(request))
  const more = { space: keeping.space, admission: admission.desk }
  const network = await openNetwork(site, store, judge, logger, more)
  const lastSeen = await LastSeen.open({ file: site.paths.seen, logger, wallNow: Date.now })
  return { network, lastSeen, admission }
}
