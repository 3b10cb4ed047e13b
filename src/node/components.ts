import { existsSync } from 'node:fs'
import { decodeEnvelope, type Identity, type Ledger } from '../gossip/records.ts'
import { decodeHeader, validateMergeSpec, type MergeSpec } from '../merge/index.ts'
import { PeermergeError } from '../errors.ts'
import { charterDigest, mergeSpecOf, type Charter } from './charter.ts'
import { readCharter, readConfig, type HomePaths, type SiteConfig } from './home.ts'
import { openIdentity } from './identity-file.ts'
import { namespaced, type Logger } from './logger.ts'
import { MergeClient } from './merge-client.ts'
import { limitsInForce } from './policy/limits-in-force.ts'
import { readPolicy, type FoundPolicy } from './policy/read-policy.ts'
import { openStore } from './store.ts'
import type { LedgerRoster } from './roster.ts'
import type { CarriedCharter } from './carried-charters.ts'
import { assertReach, type Reachable } from './site-reach.ts'
import type { NodeInit } from './node-api.ts'
import type { NodeStore } from './types.ts'
import { counted } from './units.ts'

/** What a home says about its site, read before anything is opened. */
export interface Site {
  readonly paths: HomePaths
  readonly charter: Charter
  readonly charterDigest: string
  /** Digest of the charter that the consortium was founded with. */
  readonly consortium: string
  readonly spec: MergeSpec
  readonly config: SiteConfig
  /** What its institution allows. */
  readonly policy: FoundPolicy
  readonly identity: Identity
  /** File with a state that training starts from until there is a merge. @default the charter's start */
  readonly state?: string | undefined
  readonly mergeThreads?: number | undefined
}

/** A site whose ledger is open; its charter is the one that was in force then. */
export interface OpenSite extends Site {
  /** Tasks that had been opened then, as {@link LedgerRoster.tasks} says them. */
  readonly tasks: string
  /** Earlier charters by digest, whose contributions count beside those of this one. */
  readonly carried: ReadonlyMap<string, CarriedCharter>
  readonly ledger: Ledger
  /** Who is a member and what counts, as the ledger says at the moment of asking. */
  readonly roster: LedgerRoster
}

/** @throws InvalidFileError, PeermergeError ERR_NOT_A_MEMBER, ERR_IDENTITY */
export async function readSite(
  paths: HomePaths,
  init: Pick<
    NodeInit,
    | 'peers'
    | 'announce'
    | 'reachable'
    | 'relay'
    | 'state'
    | 'mergeThreads'
    | 'bandwidth'
    | 'forcePublish'
    | 'listenOnly'
  > = {},
): Promise<Site> {
  const { peers = [], announce = [], state, mergeThreads, bandwidth } = init
  const settings = await readConfig(paths)
  const { reachable = settings.reachable, relay = settings.relay.serve } = init
  assertReach({ reachable, relay, announce })
  const config = {
    ...settings,
    peers: [...settings.peers, ...peers],
    announce: announcedBy(reachable, announce, settings),
    reachable,
    relay: { ...settings.relay, serve: relay },
    contribute: init.listenOnly === true ? false : settings.contribute,
    publish: init.forcePublish === true ? ({ worseThanBase: 'warn' } as const) : settings.publish,
    bandwidth: {
      upBytesPerSecond: bandwidth?.upBytesPerSecond ?? settings.bandwidth.upBytesPerSecond,
      downBytesPerSecond: bandwidth?.downBytesPerSecond ?? settings.bandwidth.downBytesPerSecond,
    },
  }
  const policy = await readPolicy(paths)
  const charter = await readCharter(paths)
  const identity = await openIdentity(paths)
  const isFounder = charter.members.some(({ id }) => id === identity.peer)
  if (!isFounder && !existsSync(paths.ledger)) {
    throw new PeermergeError(
      'ERR_NOT_A_MEMBER',
      `${paths.charter}: this site's peer id ${identity.peer} is none of its ${counted(charter.members.length, 'member')}; ` +
        'ask a member for a ticket (peermerge invite) and join with it',
      { peer: identity.peer },
    )
  }
  return {
    paths,
    charter,
    charterDigest: charterDigest(charter),
    consortium: charterDigest(charter),
    spec: validateMergeSpec(mergeSpecOf(charter)),
    config,
    policy,
    identity,
    state,
    mergeThreads,
  }
}

/** A site that listens nowhere has no address of its own, whatever was true when the settings were written. */
function announcedBy(reachable: Reachable, announce: readonly string[], settings: SiteConfig): string[] {
  if (reachable === 'no') return []
  return announce.length > 0 ? [...announce] : settings.announce
}

export function openSiteStore(
  paths: HomePaths,
  logger: Logger,
  onDropped: (ids: readonly string[]) => void = () => undefined,
): Promise<NodeStore> {
  return openStore({
    onDropped,
    paths,
    readHeader: (envelope) => decodeHeader(decodeEnvelope(envelope).header),
    logger: namespaced(logger, 'node:store'),
  })
}

export function openMergeClient(site: OpenSite): MergeClient {
  const { spec, charterDigest: charter, consortium, carried } = site
  const { mergeThreads, memoryBytes } = limitsInForce({ ...site, policy: site.policy.policy })
  const limits = { threads: mergeThreads!.value, heapBytes: memoryBytes?.value }
  return new MergeClient({ spec, charter, consortium, carried: [...carried.keys()], ...limits })
}
