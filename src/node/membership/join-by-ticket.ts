import { PeermergeError } from '../../errors.ts'
import {
  askAdmission,
  askWelcome,
  openAskingHost,
  openTicket,
  signJoinRequest,
  ticketBytes,
  ticketFingerprint,
  type AskingHost,
  type Identity,
  type OpenedTicket,
} from '../../gossip/index.ts'
import { charterDigest, parseCharterBytes, type Charter } from '../charter.ts'
import type { FetchContext } from '../find-backbone.ts'
import { homePaths, prepareHome } from '../home.ts'
import { openIdentity } from '../identity-file.ts'
import { assertReach } from '../site-reach.ts'
import {
  assertPolicyAllows,
  checkBackbone,
  writeSite,
  type SiteOptions,
  type SiteSetup,
} from '../site-setup.ts'
import { enterLedger } from './enter-ledger.ts'
import { peerFingerprint } from './fingerprint.ts'
import type { JoinStep } from './join-step.ts'
import { retryAsking } from './retry-asking.ts'
import { assertFreeHome } from './free-home.ts'

export interface JoinOptions {
  /** Text of the ticket. */
  readonly ticket: string
  readonly site: SiteOptions
  /** Fingerprint of the ticket as it was read out; another one is refused before anybody is asked. */
  readonly fingerprint?: string | undefined
  /** Name or peer id of the member whose lost key this site is to replace. */
  readonly replaces?: string | undefined
  readonly onStep: (step: JoinStep) => void
}

/**
 * Joins a consortium by a ticket. The key is made first and stays, so that a run that was broken off is taken up by running it again;
 * everything else is written once the site is a member.
 *
 * @throws RefusedError - not a ticket; PeermergeError ERR_FINGERPRINT; NotAdmittedError; UnreachableError; ERR_WRONG_BACKBONE, ERR_POLICY
 */
export async function joinByTicket(options: JoinOptions, context: FetchContext = {}): Promise<SiteSetup> {
  assertReach(options.site)
  const ticket = await openTicket(ticketBytes(options.ticket))
  assertFingerprint(ticket, options.fingerprint)
  const paths = homePaths(options.site.home)
  await assertFreeHome(paths, ticket.ticket.consortium)
  const identity = await openIdentity(paths)
  const signal = context.signal ?? new AbortController().signal
  const { networkKey } = ticket.ticket
  await using host = await openAskingHost({ identity, networkKey, signal })
  const { founding, inForce } = await greet(host, ticket, options, signal)
  await assertPolicyAllows(paths, inForce)
  const backbone = await checkBackbone(inForce, options.site.backbone, context)
  const statements = await ask(host, ticket, identity, options, signal)
  await prepareHome(paths)
  await enterLedger(paths, founding, identity, statements)
  const peers = [...options.site.peers, ...ticket.ticket.addresses]
  return await writeSite(paths, identity.peer, founding, { ...options.site, backbone, peers }, networkKey)
}

/** What is joined: founding charter, proven by the ticket, and the one in force, to be proven by the ledger. */
async function greet(
  host: AskingHost,
  ticket: OpenedTicket,
  { onStep }: JoinOptions,
  signal: AbortSignal,
): Promise<{ founding: Charter; inForce: Charter }> {
  const welcome = await retryAsking(() => askWelcome(host, ticket), { onStep, signal, patient: false })
  const founding = parseCharterBytes(welcome.founding, 'the founding charter')
  const isAmended = welcome.charter.byteLength > 0
  const inForce = isAmended ? parseCharterBytes(welcome.charter, 'the charter in force') : founding
  onStep({
    type: 'welcome',
    name: inForce.name,
    consortium: ticket.ticket.consortium,
    charter: charterDigest(inForce),
    ticketFingerprint: ticketFingerprint(ticket.digest),
    member: welcome.member,
    members: welcome.members,
  })
  return { founding, inForce }
}

async function ask(
  host: AskingHost,
  ticket: OpenedTicket,
  identity: Identity,
  { site, replaces = '', onStep }: JoinOptions,
  signal: AbortSignal,
): Promise<readonly Uint8Array[]> {
  const { consortium, addresses } = ticket.ticket
  const { peer } = identity
  const wanted = { v: 1 as const, consortium, peer, name: site.site, ticket: ticket.digest }
  const { bytes: request } = await signJoinRequest(wanted, identity)
  let isWaiting = false
  const attempt = async (): Promise<readonly Uint8Array[] | null> => {
    const statements = await askAdmission(host, addresses, { ticket: ticket.bytes, request, replaces })
    if (statements === null && !isWaiting) {
      isWaiting = true
      onStep({ type: 'waiting', peer, fingerprint: peerFingerprint(peer) })
    }
    return statements
  }
  return retryAsking(attempt, { onStep, signal, patient: true })
}

function assertFingerprint({ digest }: OpenedTicket, expected: string | undefined): void {
  const actual = ticketFingerprint(digest)
  if (expected === undefined || expected.toUpperCase() === actual) return
  const problem = `ticket: its fingerprint is ${actual}, expected ${expected}; it is not the one that was read out, ask for it again`
  throw new PeermergeError('ERR_FINGERPRINT', problem, { actual, expected })
}
