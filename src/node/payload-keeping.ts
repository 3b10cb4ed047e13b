import { statfs } from 'node:fs/promises'
import type { Network } from '../gossip/index.ts'
import type { MergeResult } from '../merge/index.ts'
import type { OpenSite } from './components.ts'
import { DiskSpace, type DiskLimits, type DiskUsage } from './disk-space.ts'
import type { Logger } from './logger.ts'
import { behindMerges } from './merge-files.ts'
import type { MergeSource } from './merge-source.ts'
import { memberName } from './member-name.ts'
import type { Problems } from './problems.ts'
import { Retention } from './retention.ts'
import type { NodeStore, StoredContribution } from './types.ts'

export interface PayloadKeepingInit {
  readonly site: OpenSite
  readonly store: NodeStore
  readonly logger: Logger
  /** What of the disk payloads may take, as of now. */
  readonly limits: () => DiskLimits
  onFull(usage: DiskUsage): void
}

/** What runs beside it, there once the site runs. */
export interface PayloadKeepingParts {
  readonly network: Pick<Network, 'prune' | 'refetch' | 'events'>
  readonly merge: Pick<MergeSource, 'inUse'>
  readonly problems: Problems
}

/** Which payloads a running site keeps: room for those that come, and what becomes of those that are superseded. */
export class PayloadKeeping {
  readonly space: DiskSpace
  readonly #init: PayloadKeepingInit
  readonly #retention: Retention
  #parts: PayloadKeepingParts | undefined

  constructor(init: PayloadKeepingInit) {
    this.#init = init
    this.#retention = this.#createRetention()
    this.space = this.#createSpace()
  }

  /** From now on told of what others hold and of what stands in the way of payloads. */
  follow(parts: PayloadKeepingParts): void {
    const { store, logger } = this.#init
    this.#parts = parts
    const { events } = parts.network
    events.on('acknowledged', (id) => {
      store
        .acknowledge(id)
        .catch((error: unknown) => logger.warn({ id, err: error }, 'could not be noted as held by others'))
    })
    events.on('held-up', (id, code, message) => {
      if (code !== 'ERR_STOPPED') parts.problems.add(code, `${this.#describe(id)}: ${message}`) // the next run goes on with it
    })
    events.on('pruned', (id) => {
      const text = `${this.#describe(id)}: no member has its payload any more; newer ones supersede it, so no merge lacks it`
      parts.problems.add('history-gone', text)
    })
  }

  merged(result: MergeResult, known: readonly StoredContribution[]): Promise<void> {
    return this.#retention.merged(result, known)
  }

  isSuperseded(contribution: StoredContribution): boolean {
    return this.#retention.mayBeGone(contribution)
  }

  #createRetention(): Retention {
    const { site, store, logger } = this.#init
    const { retention } = site.config
    return new Retention({
      policy: retention.superseded,
      self: site.identity.peer,
      store,
      logger,
      counts: ({ header }) => site.roster.counts(header),
      inUse: () => this.#parts?.merge.inUse ?? new Set(),
      behindMerges: () => behindMerges(site.paths.merges, retention.pinned),
      onPruned: (ids) => this.#parts?.network.prune(ids),
      onNeeded: (ids) => this.#parts?.network.refetch(ids),
    })
  }

  #createSpace(): DiskSpace {
    const { site, store, limits } = this.#init
    return new DiskSpace({
      limits,
      store,
      freeBytes: async () => {
        const { bavail, bsize } = await statfs(site.paths.blocks)
        return bavail * bsize
      },
      onFull: (usage) => this.#init.onFull(usage),
      evict: (bytes) => this.#retention.evict(bytes),
      describe: (id) => this.#describe(id),
    })
  }

  #describe(id: string): string {
    const header = this.#init.store.get(id)?.header
    if (header === undefined) return `contribution ${id.slice(0, 12)}`
    return `${memberName(this.#init.site.roster, header.peer)}, number ${header.sequence}`
  }
}
