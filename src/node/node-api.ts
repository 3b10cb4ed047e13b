import type { Bandwidth } from '../gossip/index.ts'
import type { MergeResult } from '../merge/index.ts'
import type { DashboardSettings } from './dashboard/dashboard-port.ts'
import type { Logger } from './logger.ts'
import type { NodeEvent } from './node-event.ts'
import type { Reachable } from './site-reach.ts'
import type { NodeStatus } from './status/types.ts'

/** A port for a Prometheus server; without a token file only on loopback. */
export interface MetricsSettings {
  /** `host:port`. */
  readonly listen: string
  /** File with the bearer token that is asked for. */
  readonly tokenFile?: string | undefined
}

/** How a node is made; everything else is in its home. */
export interface NodeInit {
  /** Directory of the site, made by `create` or `join`. */
  readonly home: string
  /** Addresses to dial besides those of the settings. */
  readonly peers?: readonly string[]
  /** Multiaddrs told to others instead of those of the settings. */
  readonly announce?: readonly string[]
  /** Whether others can dial this site, in place of what the settings say. @default what the settings say */
  readonly reachable?: Reachable
  /** Whether it relays for members that cannot be dialled. @default what the settings say */
  readonly relay?: boolean
  /** File with a state that training starts from until there is a merge. @default the charter's start */
  readonly state?: string | undefined
  /** Publishes also what serves this site's held-out samples worse than what it was trained from, and warns. @default what the settings say */
  readonly forcePublish?: boolean | undefined
  /** Publishes nothing, whatever the settings say. @default what the settings say */
  readonly listenOnly?: boolean | undefined
  /** Limits on payloads in place of those of the settings. @default those of the settings */
  readonly bandwidth?: Bandwidth | undefined
  /** Most threads that a merge may use. @default one less than the processor's cores, 1 to 4 */
  readonly mergeThreads?: number | undefined
  /** @default nothing is logged */
  readonly logger?: Logger
  /** Milliseconds of a clock that never goes back. @default performance.now */
  readonly now?: () => number
  /** Milliseconds since 1970, for quiet hours and the outbox. @default Date.now */
  readonly wallNow?: () => number
  /** Where a Prometheus server may read, instead of what the settings say. @default what the settings say */
  readonly metrics?: MetricsSettings | undefined
  /** The page about this node, opened with it, instead of what the settings say. @default what the settings say */
  readonly dashboard?: DashboardSettings | undefined
  /** Where a backbone that has to be fetched says how far it is. @default nowhere */
  readonly progress?: NodeJS.WriteStream
}

/** One running site. `start` and `stop` may be called twice. */
export interface PeermergeNode {
  readonly peer: string
  readonly home: string
  /** @throws InvalidFileError, PeermergeError - settings, backbone, data or state do not fit the charter in force, which only the ledger says */
  start(): Promise<void>
  /** Ends training, network and workers; resolves when all have ended. */
  stop(): Promise<void>
  status(): NodeStatus
  /** Returns the function that unsubscribes. */
  subscribe(listener: (event: NodeEvent) => void): () => void
  /**
   * The newest merge, with tensors. After a restart it is the one that the home keeps, until this node has merged again; after `stop` the last.
   * Undefined before `start`, before the first admitted contribution, and where what the home keeps is of another charter or damaged, until the next.
   */
  merged(): MergeResult | undefined
  /**
   * Resolves when the node has been stopped, by whomever. @throws PeermergeError ERR_REMOVED - it stopped as this site is no
   * member any more, and says who removed it
   */
  whenStopped(): Promise<void>
  /** Resolves when `done` holds. */
  whenDone(options: { readonly signal: AbortSignal }): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}
