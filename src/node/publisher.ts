import type { Network } from '../gossip/index.ts'
import { encodeEnvelope, signEnvelope, type Identity } from '../gossip/records.ts'
import { payloadChunks, type ContributionHeader, type MergeSpec, type RoundTerms } from '../merge/index.ts'
import type { AssembledContribution, ContributionDraft } from './assemble-contribution.ts'
import { mergeSpecOf, type Charter } from './charter.ts'
import { untilStored } from './disk-trouble.ts'
import type { DiskSpace } from './disk-space.ts'
import type { SiteConfig } from './home.ts'
import { PublishRefusedError } from './errors.ts'
import type { MergeClient } from './merge-client.ts'
import { assertAllowed } from './policy/assert-policy.ts'
import { assertFloors, type SitePolicy } from './site-policy.ts'
import type { NodeStore, StoredContribution } from './types.ts'

export interface PublisherInit {
  readonly charter: Charter
  /** @default the digest of `charter` */
  readonly consortium?: string
  /** Whether this site publishes at all. @default it does */
  readonly config?: Pick<SiteConfig, 'contribute'>
  /** With the tasks that have been opened. @default the charter's */
  readonly spec?: MergeSpec
  readonly identity: Identity
  readonly policy: SitePolicy
  readonly store: NodeStore
  readonly merges: Pick<MergeClient, 'assemble' | 'validate'>
  readonly network: Pick<Network, 'publish'>
  /** A number that this node has signed nothing under. @default one more than the store holds */
  readonly nextNumber?: (signal: AbortSignal) => Promise<number>
  /** @default there is always room */
  readonly space?: Pick<DiskSpace, 'reserveOwn'> | undefined
  /** The disk is full or fails; the contribution waits until it is kept. */
  onTrouble?(error: Error): void
  /** Now durable, and about to be announced. */
  onStored(contribution: StoredContribution): void
}

/** Somebody's word that a contribution may leave. */
export interface Release {
  readonly by: string
}

const LISTENS = 'this site only listens (setting contribute, or run --listen-only)'

/**
 * Brings a draft to the others. In this order, so that a crash anywhere repeats cleanly: policy, floors, numbers and bytes (in another
 * thread), chunks on disk, the same judgement that every peer will pass, signed header on disk, announcement. A number is used up
 * when its header is on disk; before that nobody has seen it, after that it is announced again at the next start.
 *
 * @throws PublishRefusedError - the site's policy or the charter does not allow it; nothing has left
 */
export async function publishDraft(
  init: PublisherInit,
  draft: ContributionDraft,
  signal: AbortSignal,
): Promise<StoredContribution> {
  const assembled = await assembleDraft(init, draft, signal)
  return await publishAssembled(init, assembled, { at: draft.at, release: null }, signal)
}

/** A draft under the next number, unsigned. @throws PublishRefusedError - the site's policy or the charter does not allow it */
export async function assembleDraft(
  init: Omit<PublisherInit, 'network' | 'space'>,
  draft: ContributionDraft,
  signal: AbortSignal,
): Promise<AssembledContribution> {
  const { charter, consortium, identity, store, policy } = init
  const { spec = mergeSpecOf(charter) } = init
  if (init.config?.contribute === false) throw new PublishRefusedError('listens-only', LISTENS)
  assertAllowed(policy.policy, spec, draft)
  assertFloors(spec, policy, draft)
  const { peer } = identity
  const { nextNumber = () => Promise.resolve(store.nextSequence(peer)) } = init
  const sequence = await nextNumber(signal)
  return await init.merges.assemble({ charter, consortium, spec, peer, sequence, draft }, { signal })
}

/**
 * Signs a contribution and brings it to the others. The one way out: nothing else puts an own contribution into the store, and the network
 * tells and serves nothing that is not there.
 *
 * @throws PublishRefusedError - reason `not-released`, where the policy has an outbox and nobody has released it; the reasons of a judge
 */
export async function publishAssembled(
  init: PublisherInit,
  assembled: AssembledContribution,
  { at, release }: { readonly at: RoundTerms | undefined; readonly release: Release | null },
  signal: AbortSignal,
): Promise<StoredContribution> {
  const { store, network, identity, policy } = init
  if (policy.policy.outbox && release === null) {
    throw new PublishRefusedError('not-released', 'policy.json has everything wait for a person (outbox)')
  }
  const trouble = { signal, onTrouble: (error: Error) => init.onTrouble?.(error) }
  await untilStored(() => keepChunks(init, assembled), trouble)
  const { chunks } = assembled.header.payload
  await assertAdmissible(init, assembled, { at, payload: store.pathsOf(chunks) }, signal)
  const envelope = encodeEnvelope(await signEnvelope(assembled.headerBytes, identity))
  signal.throwIfAborted()
  await untilStored(() => store.putOwn(assembled.id, envelope), trouble)
  const stored = store.get(assembled.id)!
  init.onStored(stored)
  await network.publish(envelope)
  return stored
}

async function keepChunks(
  { store, space }: Pick<PublisherInit, 'store' | 'space'>,
  { header, payload }: AssembledContribution,
): Promise<void> {
  const release = await space?.reserveOwn(payload.byteLength)
  try {
    for (const [i, chunk] of payloadChunks(payload).entries()) {
      await store.putChunk(header.payload.chunks[i]!, chunk)
    }
  } finally {
    release?.()
  }
}

/** @param payload - paths of its chunks. @throws PublishRefusedError - the others would reject it */
export async function assertAdmissible(
  { merges }: Pick<PublisherInit, 'merges'>,
  { id, header }: { readonly id: string; readonly header: ContributionHeader },
  { at, payload }: { readonly at: RoundTerms | undefined; readonly payload: readonly string[] },
  signal: AbortSignal,
): Promise<void> {
  const verdict = await merges.validate({ id, header, payload }, { signal, at })
  if (verdict.kind === 'accept') return
  const problem = 'the others would reject it; look at the training data and the learning rate'
  throw new PublishRefusedError(verdict.reason, problem, { kind: header.kind })
}

/** Announces the newest own contributions again: a crash may have come between disk and network. */
export async function announceOwn(
  { store, network }: Pick<PublisherInit, 'store' | 'network'>,
  peer: string,
): Promise<void> {
  const own = store.list('admitted').filter(({ header }) => header.peer === peer)
  const newest = own.sort((a, b) => b.header.sequence - a.header.sequence)[0]
  const envelope = newest === undefined ? undefined : await store.getEnvelope(newest.id)
  if (envelope !== undefined) await network.publish(envelope)
}
