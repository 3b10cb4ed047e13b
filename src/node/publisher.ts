import { encodeEnvelope, signEnvelope, type Identity, type Network } from '../gossip/index.ts'
import { payloadChunks } from '../merge/index.ts'
import {
  assembleContribution,
  type AssembledContribution,
  type ContributionDraft,
} from './assemble-contribution.ts'
import { mergeSpecOf, type Charter } from './charter.ts'
import { PublishRefusedError } from './errors.ts'
import type { MergeClient } from './merge-client.ts'
import { assertMayPublish, type SitePolicy } from './site-policy.ts'
import type { NodeStore, StoredContribution } from './types.ts'

export interface PublisherInit {
  readonly charter: Charter
  /** @default the digest of `charter` */
  readonly consortium?: string
  readonly identity: Identity
  readonly policy: SitePolicy
  readonly store: NodeStore
  readonly merges: Pick<MergeClient, 'validate'>
  readonly network: Pick<Network, 'publish'>
  /** Now durable, and about to be announced. */
  onStored(contribution: StoredContribution): void
}

/**
 * Brings a draft to the others. In this order, so that a crash anywhere repeats cleanly: policy, bytes, chunks on disk, the
 * same judgement that every peer will pass, signed header on disk, announcement. A number is used up when its header is on
 * disk; before that nobody has seen it, after that it is announced again at the next start.
 *
 * @throws PublishRefusedError - the site's policy or the charter does not allow it; nothing has left
 */
export async function publishDraft(
  init: PublisherInit,
  draft: ContributionDraft,
  signal: AbortSignal,
): Promise<StoredContribution> {
  const { charter, consortium, identity, store, network, policy } = init
  assertMayPublish(mergeSpecOf(charter), policy, draft)
  const assembled = assembleContribution(
    charter,
    identity.peer,
    store.nextSequence(identity.peer),
    draft,
    consortium,
  )
  await keepChunks(store, assembled)
  await assertAdmissible(init, assembled, signal)
  const envelope = encodeEnvelope(await signEnvelope(assembled.headerBytes, identity))
  signal.throwIfAborted()
  await store.putOwn(assembled.id, envelope)
  const stored = store.get(assembled.id)!
  init.onStored(stored)
  await network.publish(envelope)
  return stored
}

async function keepChunks(store: NodeStore, { header, payload }: AssembledContribution): Promise<void> {
  for (const [i, chunk] of payloadChunks(payload).entries()) {
    await store.putChunk(header.payload.chunks[i]!, chunk)
  }
}

async function assertAdmissible(
  { merges, store }: PublisherInit,
  { id, header }: AssembledContribution,
  signal: AbortSignal,
): Promise<void> {
  const payload = store.pathsOf(header.payload.chunks)
  const verdict = await merges.validate({ id, header, payload }, { signal })
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
