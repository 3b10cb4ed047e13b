import { availableMemory } from 'node:process'
import type { Logger } from './logger.ts'
import type { OpenSite, Site } from './components.ts'
import { PeermergeError } from '../errors.ts'
import { fitSite, type ComparedBackbone, type FittedSite } from './fit-site.ts'
import { tellCharterInForce } from './home-charters.ts'
import { tellStatements } from './membership/statement-events.ts'
import type { RunningSiteInit } from './running-site-init.ts'
import { RunningSite } from './running-site.ts'
import { limitsInForce } from './policy/limits-in-force.ts'
import { memoryProblem } from './memory/memory-text.ts'
import { assertMember, openSite } from './site-ledger.ts'
import { siteUnder } from './site-under.ts'

export interface SiteRunInit extends Omit<RunningSiteInit, 'site' | 'signal'> {
  /** As the home says it, under the founding charter. */
  readonly founding: Site
  /** Digest of the charter to go by. @default the one in force */
  readonly under?: string | undefined
  /** Compared with its charter before. */
  readonly backbone?: ComparedBackbone | undefined
  /** Where a backbone that has to be fetched says how far it is. */
  readonly progress: NodeJS.WriteStream | undefined
  /** Ends the node. */
  readonly signal: AbortSignal
  readonly logger: Logger
  onLedger(): void
}

/** One run of a site under one charter: ledger, network and work, opened and ended together. The node around it may live longer. */
export class SiteRun {
  readonly site: FittedSite
  readonly parts: RunningSite
  readonly #init: SiteRunInit
  readonly #ending: AbortController
  readonly #closeLedger: () => Promise<void>

  /** @throws whatever {@link fitSite} and the parts throw, PeermergeError ERR_REMOVED, ERR_NOT_A_MEMBER; nothing stays open then */
  static async open(init: SiteRunInit): Promise<SiteRun> {
    const { founding, logger, under, progress, backbone } = init
    const ending = new AbortController()
    const signal = AbortSignal.any([init.signal, ending.signal])
    const opened = await openSite(founding, logger, under)
    try {
      assertMember(opened.site.ledger, founding.identity.peer)
      const site = await fitSite(opened.site, { progress, signal }, backbone)
      signal.throwIfAborted()
      warnOfMemory(site, init)
      await tellCharterInForce(site.paths, site.consortium, site.charter)
      const parts = await RunningSite.open({ ...init, site, signal })
      return new SiteRun(init, parts, site, ending, opened.close)
    } catch (error) {
      await opened.close()
      throw error
    }
  }

  private constructor(
    init: SiteRunInit,
    parts: RunningSite,
    site: FittedSite,
    ending: AbortController,
    closeLedger: () => Promise<void>,
  ) {
    this.#init = init
    this.parts = parts
    this.site = site
    this.#ending = ending
    this.#closeLedger = closeLedger
  }

  /** What it was opened with. */
  get founding(): Site {
    return this.#init.founding
  }

  async start(): Promise<void> {
    tellStatements(this.site.ledger, this.#init.hub)
    this.site.ledger.events.on('changed', () => this.#init.onLedger())
    await this.parts.start()
  }

  /** What the ledger of this run says of a charter and a home as it is now. @throws as {@link fitSite} */
  async wouldFit(founding: Site, charter: string): Promise<FittedSite> {
    const { progress, signal } = this.#init
    const site: OpenSite = siteUnder(founding, this.site.ledger, charter)
    return await fitSite(site, { progress, signal }, this.site.backbone)
  }

  /** Resolves when nothing of it runs any more. */
  async close(): Promise<void> {
    this.#ending.abort(new PeermergeError('ERR_STOPPED', `${this.site.paths.root}: this run has ended`))
    await this.parts.close()
    await this.#closeLedger()
  }
}

/** Before anything takes memory. */
function warnOfMemory(
  site: FittedSite,
  { problems, policy }: Pick<SiteRunInit, 'problems' | 'policy'>,
): void {
  if (site.memory === null) return
  const limit = limitsInForce({ ...site, policy: policy.policy }).memoryBytes
  const problem = memoryProblem(site.memory, { free: availableMemory(), limit })
  if (problem !== undefined) problems.add('memory', problem)
}
