import { setTimeout as pause } from 'node:timers/promises'
import type { ContributionJudge, GossipStore, Network, ReachFacts } from '../../gossip/index.ts'
import { PeermergeError } from '../../errors.ts'
import { KERNEL_VERSION } from '../../merge/index.ts'
import { VERSION } from '../../version.ts'
import type { OpenSite, Site } from '../components.ts'
import { openNetwork } from '../open-network.ts'
import { lockHome } from '../home-lock.ts'
import type { Logger } from '../logger.ts'
import { forbiddenBy } from '../policy/assert-policy.ts'
import { statisticsAsked } from '../policy/statistics-asked.ts'
import { readNetworkKey } from '../network-key-file.ts'
import { openSite } from '../site-ledger.ts'
import { freeBytes, proxyVariables, resolveNames } from './local-facts.ts'
import { memoryFacts } from './memory-facts.ts'
import { portHolder } from './port-holder.ts'
import type { DoctorFacts, PortFacts } from './types.ts'

/** A stopped site waits so long for members to answer before it asks them to dial back. */
const COMPANY_MS = 6_000
const LOOK_MS = 100
/** From the first connection until members have been told where this site says that it listens. */
const GREETING_MS = 1_500

/** Of the node that runs in this process, by its own connections. */
export async function examineRunning(
  site: OpenSite,
  network: Network,
  peers: readonly string[],
): Promise<DoctorFacts> {
  network.addBootstrap(peers)
  const ports = site.config.listen.map((address): PortFacts => ({
    address,
    state: 'listening',
    detail: null,
  }))
  return collect(site, { isRunning: true, ports, reach: await network.examine(members(site), peers), peers })
}

/** Of a site whose node is stopped: a host of its own with the site's key, settings and addresses, and nothing to offer. */
export async function examineStopped(
  closed: Site,
  peers: readonly string[],
  logger: Logger,
): Promise<DoctorFacts> {
  const lock = await lockHome(closed.paths.root, closed.paths.lock)
  let open: Awaited<ReturnType<typeof openSite>> | undefined
  try {
    open = await openSite(closed, logger)
    return await examineAlone(open.site, peers, logger)
  } finally {
    await open?.close()
    await lock.release()
  }
}

async function examineAlone(site: OpenSite, peers: readonly string[], logger: Logger): Promise<DoctorFacts> {
  const { ports, network } = await openSomehow(site, logger)
  try {
    network.addBootstrap(peers)
    await company(site, network)
    const reach = await network.examine(members(site), peers)
    return await collect(site, { isRunning: false, ports, reach, peers })
  } finally {
    await network.stop()
  }
}

interface Opened {
  readonly ports: PortFacts[]
  readonly network: Network
}

/** Listens as the settings say; where that fails, says why and goes on without listening. */
async function openSomehow(site: OpenSite, logger: Logger): Promise<Opened> {
  const network = await openNetwork(site, NOTHING, LATER, logger)
  const { listen } = site.config
  try {
    await network.start()
    return { network, ports: listen.map((address) => ({ address, state: 'listening', detail: null })) }
  } catch (error) {
    await network.stop()
    const ports = await Promise.all(listen.map((address) => portFacts(address, error)))
    const deaf: OpenSite = { ...site, config: { ...site.config, reachable: 'no' } }
    const other = await openNetwork(deaf, NOTHING, LATER, logger)
    await other.start()
    return { network: other, ports }
  }
}

async function portFacts(address: string, error: unknown): Promise<PortFacts> {
  const { code, detail, message } = error instanceof PeermergeError ? error : new PeermergeError('ERR_LISTEN', String(error)) // prettier-ignore
  if (code !== 'ERR_PORT_IN_USE') return { address, state: 'failed', detail: message }
  if (!address.endsWith(`/tcp/${String(detail.port)}`)) return { address, state: 'listening', detail: null }
  return { address, state: 'in-use', detail: (await portHolder(Number(detail.port))) ?? null }
}

/** Until all are here, or nobody has come for a while after the first, who brings the addresses of others. */
async function company(site: OpenSite, network: Network): Promise<void> {
  const wanted = members(site).length - 1
  let met = 0
  let quietMs = 0
  for (let waited = 0; waited < COMPANY_MS && met < wanted; waited += LOOK_MS) {
    await pause(LOOK_MS)
    const now = new Set(network.connections().map(({ peer }) => peer)).size
    quietMs = now === met ? quietMs + LOOK_MS : 0
    met = now
    if (met > 0 && quietMs >= GREETING_MS) return
  }
  if (met > 0) await pause(GREETING_MS)
}

interface Found {
  readonly isRunning: boolean
  readonly ports: readonly PortFacts[]
  readonly reach: ReachFacts
  readonly peers: readonly string[]
}

async function collect(site: OpenSite, { isRunning, ports, reach, peers }: Found): Promise<DoctorFacts> {
  const { config, identity, paths, roster, spec } = site
  const { policy, digest } = site.policy
  const known = [...config.peers, ...peers, ...reach.outbound.map(({ address }) => address)]
  return {
    at: new Date().toISOString(),
    isRunning,
    site: {
      name: config.name,
      peer: identity.peer,
      version: VERSION,
      kernel: KERNEL_VERSION,
      charter: roster.charter,
      ledger: roster.head,
      reachable: config.reachable,
      servesRelay: config.relay.serve,
      hasNetworkKey: (await readNetworkKey(paths)) !== undefined,
      announce: config.announce,
      policy: { digest, outbox: policy.outbox, forbidden: forbiddenBy(policy, statisticsAsked(spec)) },
    },
    members: roster.members.filter(({ id }) => id !== identity.peer),
    names: await resolveNames(known),
    ports,
    reach,
    freeBytes: await freeBytes(paths.root),
    memory: await memoryFacts(site, isRunning),
    proxies: proxyVariables(process.env),
  }
}

function members({ roster }: OpenSite): string[] {
  return roster.members.map(({ id }) => id)
}

const NOTHING: GossipStore = {
  inventory: () => Promise.resolve([]),
  getEnvelope: () => Promise.resolve(undefined),
  putEnvelope: () => Promise.resolve(),
  hasChunk: () => Promise.resolve(false),
  getChunk: () => Promise.resolve(undefined),
  putChunk: () => Promise.resolve(),
}

/** Nothing is fetched for a diagnosis. */
const LATER: ContributionJudge = {
  judgeHeader: () => ({ kind: 'hold', reason: 'diagnosis' }),
  judgePayload: () => Promise.resolve({ kind: 'hold', reason: 'diagnosis' }),
}
