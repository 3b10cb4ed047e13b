import type { Bandwidth, Network, PendingRequest, RoundsInit, Verdict } from '../gossip/index.ts'
import { FIRST_AGENDA, formatAgenda } from '../merge/index.ts'
import { openMergeClient, openSiteStore } from './components.ts'
import { openNetwork } from './open-network.ts'
import { createJudge, type JudgeInit } from './judge.ts'
import { namespaced } from './logger.ts'
import type { MergeClient } from './merge-client.ts'
import { openAdmission, type Admission } from './membership/open-desk.ts'
import { PayloadKeeping } from './payload-keeping.ts'
import { quotaEvent } from './quota-event.ts'
import { OutboxDesk } from './outbox/outbox-desk.ts'
import { limitsInForce, type LimitsInForce } from './policy/limits-in-force.ts'
import { openRoundStore, type HomeRoundStore } from './round-store.ts'
import type { RunningSiteInit } from './running-site-init.ts'
import { HeldOutFigures } from './scores/held-out-figures.ts'
import { ScoreBook } from './scores/score-book.ts'
import { stagedSource, type StagedSourceInit } from './staged/staged-source.ts'
import { LastSeen } from './status/last-seen.ts'
import type { NodeStore, StoredContribution } from './types.ts'

/** What of a running site is opened before the rest, and closed after it. */
export interface SiteParts {
  readonly store: NodeStore
  readonly merges: MergeClient
  readonly network: Network
  readonly lastSeen: LastSeen
  readonly scores: ScoreBook
  readonly figures: HeldOutFigures
  readonly keeping: PayloadKeeping
  readonly admission: Admission
  readonly outbox: OutboxDesk
  /** Under the staged schedule; closed after the network. */
  readonly roundStore?: HomeRoundStore | undefined
}

/** Told by the parts as soon as they are open. */
export interface PartsListener {
  onDropped(ids: readonly string[]): void
  onVerdict(contribution: StoredContribution, verdict: Verdict): void
  onRequest(request: PendingRequest): void
  /** Under the staged schedule: what its rounds have led to, and what this site gives to them. */
  readonly staged: Pick<StagedSourceInit, 'chain' | 'hasNothing'> & Required<Pick<JudgeInit, 'termsAt'>>
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
    limits: () => ({ ...site.config.disk, maxBytes: limitsNow(init).diskBytes?.value }),
    onFull: (usage) => hub.emit(quotaEvent(usage)),
  })
  let roundStore: HomeRoundStore | undefined
  try {
    if (site.spec.staged !== undefined) roundStore = await openRoundStore({ paths: site.paths, peer: site.identity.peer, logger }) // prettier-ignore
    const scores = await openScores(init)
    const figures = await openFigures(init)
    const outbox = await OutboxDesk.open({ ...init, paths: site.paths })
    const parts = { store, merges, keeping, roundStore, scores, figures, outbox }
    return { ...parts, ...(await openNetworkParts(init, parts, listener)) }
  } catch (error) {
    await roundStore?.close()
    await merges.close()
    await store.close()
    throw error
  }
}

async function openNetworkParts(
  init: RunningSiteInit,
  { store, merges, keeping, roundStore }: Pick<SiteParts, 'store' | 'merges' | 'keeping' | 'roundStore'>,
  listener: PartsListener,
): Promise<Pick<SiteParts, 'network' | 'lastSeen' | 'admission'>> {
  const { site, logger, signal, policy } = init
  const judge = createJudge({
    ...site,
    isLater: (charter) => site.roster.isLater(charter, site.charterDigest),
    isAuthor: () => true, // the ledger says who may, and may change its mind
    store,
    merges,
    logger: namespaced(logger, 'node:judge'),
    signal,
    isSuperseded: (contribution) => keeping.isSuperseded(contribution),
    termsAt: (round) => (site.spec.staged === undefined ? undefined : listener.staged.termsAt(round)),
    onVerdict: (contribution, verdict) => listener.onVerdict(contribution, verdict),
  })
  const admission = await openAdmission(site, (request) => listener.onRequest(request))
  const rounds = roundStore && roundsOf(site, store, roundStore, listener)
  const more = {
    space: keeping.space,
    admission: admission.desk,
    rounds,
    bandwidth: bandwidthNow(init),
    isQuiet: () => policy.quiet.sharing !== null,
  }
  const network = await openNetwork(site, store, judge, logger, more)
  const lastSeen = await LastSeen.open({ file: site.paths.seen, logger, wallNow: Date.now })
  return { network, lastSeen, admission }
}

function limitsNow({ site, policy }: Pick<RunningSiteInit, 'site' | 'policy'>): LimitsInForce {
  return limitsInForce({ ...site, policy: policy.policy })
}

/** As policy and settings have it at the moment of asking. */
function bandwidthNow(init: Pick<RunningSiteInit, 'site' | 'policy'>): Bandwidth {
  return {
    get upBytesPerSecond() {
      return limitsNow(init).uploadBytesPerSecond?.value
    },
    get downBytesPerSecond() {
      return limitsNow(init).downloadBytesPerSecond?.value
    },
  }
}

function openScores({ site, logger }: RunningSiteInit): Promise<ScoreBook> {
  const { paths, charterDigest: charter, carried } = site
  return ScoreBook.open({ file: paths.scores, charter, carried, logger })
}

function openFigures({ site, logger }: RunningSiteInit): Promise<HeldOutFigures> {
  const { paths, charterDigest: charter } = site
  return HeldOutFigures.open({ file: paths.heldOut, charter, logger, wallNow: Date.now })
}

/** The rounds of this site, which begin with the charter's own classes. */
function roundsOf(
  { ledger, spec, roster, consortium }: RunningSiteInit['site'],
  store: NodeStore,
  roundStore: HomeRoundStore,
  { staged }: PartsListener,
): RoundsInit {
  const tasks = new Set(spec.tasks?.map(({ id }) => id))
  return {
    founders: ledger.genesis.members.map(({ id }) => id),
    charter: consortium,
    agenda: formatAgenda(FIRST_AGENDA),
    store: roundStore,
    source: stagedSource({
      staged: spec.staged!,
      store,
      roster,
      tasks: () => [...ledger.state.tasks.keys()].filter((id) => tasks.has(id)),
      ...staged,
    }),
  }
}
