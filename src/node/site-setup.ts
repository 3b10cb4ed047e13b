import { resolve } from 'node:path'
import { openBackbone, type RuntimeName, type TableColumns } from '../training/index.ts'
import { assertBackbone } from './assert-backbone.ts'
import { buildCharter, describeBackbone, type CharterOptions } from './build-charter.ts'
import { readCharterFile } from './charter-file.ts'
import { charterDigest, mergeSpecOf, type Charter } from './charter.ts'
import { CharterMismatchError } from './errors.ts'
import { findBackbone, type FetchContext } from './find-backbone.ts'
import { homePaths, writeCharter, writeConfig, type HomePaths } from './home.ts'
import { openIdentity } from './identity-file.ts'
import { generateNetworkKey, writeNetworkKey } from './network-key-file.ts'
import { assertCharterAllowed } from './policy/assert-policy.ts'
import { readPolicy } from './policy/read-policy.ts'
import type { RestPrecision } from './personal/half-rest.ts'
import { assertReach, type Reachable } from './site-reach.ts'
import { counted } from './units.ts'

/** What a site says about itself; ends up in its config.json. */
export interface SiteOptions {
  readonly home: string
  readonly site: string
  /** A directory, or a name on the Hugging Face Hub. */
  readonly backbone: string
  /** Left out by a site that only listens. */
  readonly data?: string
  readonly heldOut?: string
  readonly columns?: TableColumns
  readonly listen: readonly string[]
  readonly peers: readonly string[]
  /** Multiaddrs told to others in place of those listened on. */
  readonly announce?: readonly string[]
  /** Whether others can dial the site; `no` listens nowhere. @default 'auto' */
  readonly reachable?: Reachable
  /** Relays for members that cannot be dialled. @default false */
  readonly relay?: boolean
  /** How what others add up to is kept, where the charter has sites keep models of their own. @default 'single' */
  readonly restPrecision?: RestPrecision
  /** Publishes nothing. @default false */
  readonly listenOnly?: boolean
  readonly threads?: number
  readonly runtime?: RuntimeName
  readonly trainFraction?: number
  readonly splitSeed?: string
  /** Makes a key for the network. */
  readonly networkKey?: boolean
  /** Wait for all members of the charter instead of the connected ones, so long. */
  readonly waitForAllMs?: number
}

export interface SiteSetup {
  readonly home: string
  readonly peer: string
  readonly charter: string
  readonly charterFile: string
}

/** Founds a consortium: key, charter and settings of the founder's home. The founder is its first member. */
export async function createSite(
  site: SiteOptions,
  charter: CharterOptions,
  context: FetchContext = {},
): Promise<SiteSetup> {
  assertReach(site)
  const paths = homePaths(site.home)
  const { peer } = await openIdentity(paths)
  const others = charter.members.filter((member) => member.id !== peer)
  const { dir, reference } = await findBackbone(site.backbone, context)
  const info = await describeBackbone(dir)
  const built = buildCharter({ ...charter, members: [{ id: peer, name: site.site }, ...others] }, info)
  const networkKey = site.networkKey === true ? generateNetworkKey() : null
  return writeSite(paths, peer, built, { ...site, backbone: reference }, networkKey)
}

/**
 * Enters a consortium with its charter file, as one of its founding members.
 *
 * @throws PeermergeError ERR_POLICY - the home's policy keeps at home what the charter asks for
 * @throws CharterMismatchError - this key is no member; PeermergeError ERR_WRONG_BACKBONE - another backbone. Nothing is written then
 */
export async function joinSite(
  site: SiteOptions,
  charterFile: string,
  context: FetchContext = {},
): Promise<SiteSetup> {
  assertReach(site)
  const charter = await readCharterFile(charterFile)
  const paths = homePaths(site.home)
  const { peer } = await openIdentity(paths)
  if (!charter.members.some((member) => member.id === peer)) {
    const advice = 'ask a member for a ticket (peermerge invite) and join with that'
    throw new CharterMismatchError(
      charterFile,
      `peer ${peer} is not among its ${counted(charter.members.length, 'member')}; ${advice}`,
    )
  }
  await assertPolicyAllows(paths, charter)
  const backbone = await checkBackbone(charter, site.backbone, context)
  return writeSite(paths, peer, charter, { ...site, backbone }, null)
}

/** Where a policy lies in the home already. @throws PeermergeError ERR_POLICY - it keeps at home what the charter asks for; InvalidFileError */
export async function assertPolicyAllows(paths: Pick<HomePaths, 'policy'>, charter: Charter): Promise<void> {
  const { policy } = await readPolicy(paths)
  assertCharterAllowed(policy, mergeSpecOf(charter), charter.name)
}

/** The backbone's name for the settings. @throws PeermergeError ERR_WRONG_BACKBONE - it is not the charter's */
export async function checkBackbone(
  charter: Charter,
  backbone: string,
  context: FetchContext,
): Promise<string> {
  const { dir, reference } = await findBackbone(backbone, context)
  await openBackbone(dir)
  await assertBackbone(charter, dir, context.signal)
  return reference
}

/** Key, settings and founding charter, in this order: a home with a charter is complete. */
export async function writeSite(
  paths: HomePaths,
  peer: string,
  charter: Charter,
  site: SiteOptions,
  networkKey: Uint8Array | null,
): Promise<SiteSetup> {
  if (networkKey !== null) await writeNetworkKey(paths, networkKey)
  await writeConfig(paths, {
    v: 1,
    name: site.site,
    listen: [...site.listen],
    peers: [...site.peers],
    ...(site.announce !== undefined && { announce: [...site.announce] }),
    ...(site.reachable !== undefined && { reachable: site.reachable }),
    ...(site.relay !== undefined && { relay: { serve: site.relay } }),
    backbone: site.backbone,
    ...(site.data !== undefined && { data: resolve(site.data) }),
    ...(site.heldOut !== undefined && { heldOut: resolve(site.heldOut) }),
    ...(site.columns !== undefined && { columns: site.columns }),
    ...(site.restPrecision !== undefined && { personal: { restPrecision: site.restPrecision } }),
    ...(site.listenOnly === true && { contribute: false }),
    ...(site.threads !== undefined && { threads: site.threads }),
    ...(site.runtime !== undefined && { runtime: site.runtime }),
    ...(site.trainFraction !== undefined && { trainFraction: site.trainFraction }),
    ...(site.splitSeed !== undefined && { splitSeed: site.splitSeed }),
    ...(site.waitForAllMs !== undefined && {
      pacing: { waitFor: 'all' as const, patienceMs: site.waitForAllMs },
    }),
  })
  await writeCharter(paths, charter)
  return { home: paths.root, peer, charter: charterDigest(charter), charterFile: paths.charter }
}
